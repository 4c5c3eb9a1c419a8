// What the network remembers about updates: each request id is executed once, and its status can be read
// until the request could no longer be sent again.
import type { Outcome } from './canisters/canister.js';

/** An update that was accepted. */
export interface IngressRecord {
  readonly requestId: Uint8Array;
  /** The sender's principal as text. */
  readonly sender: string;
  /** The canister that was called, as text. */
  readonly canisterId: string;
  readonly effectiveCanisterId: string;
  readonly method: string;
  /** When the request expires, in ms since 1970. */
  readonly expiryMs: number;
  status: 'received' | 'processing' | 'replied' | 'rejected' | 'done';
  /** Set from when it is replied to or rejected until it is done. */
  outcome: Outcome | undefined;
  finishedMs: number;
  /** Resolves when it has been replied to or rejected. */
  readonly finished: Promise<void>;
}

/** What {@link IngressHistory.admit} needs to know. */
export type IngressRequest = Pick<
  IngressRecord,
  'requestId' | 'sender' | 'canisterId' | 'effectiveCanisterId' | 'method' | 'expiryMs'
>;

// An answer is kept this long after the request has finished; then only that it is done is known.
const ANSWER_KEPT_MS = 120_000;
// Records outlive the request's expiry a little: clocks differ.
const EXPIRY_GRACE_MS = 60_000;
// Bounds the work of forgetting at one admission.
const SWEEP_STEPS = 4;

/** The updates that were accepted and are not forgotten yet. */
export class IngressHistory {
  readonly #records = new Map<string, IngressRecord>();
  #sweep: Iterator<[string, IngressRecord]> | undefined;

  find(requestId: Uint8Array): IngressRecord | undefined {
    return this.#records.get(keyOf(requestId));
  }

  /**
   * Takes in a request with an id that is not known yet, and runs it.
   * @param run does the work; given what marks the request as being processed
   */
  admit(request: IngressRequest, run: (processing: () => void) => Promise<Outcome>): IngressRecord {
    this.#forgetSome(Date.now());
    const record: IngressRecord = {
      ...request,
      // Many are kept: a copy of 32 bytes takes less than the view of a buffer of its own.
      requestId: Uint8Array.from(request.requestId),
      status: 'received',
      outcome: undefined,
      finishedMs: 0,
      finished: Promise.resolve()
        .then(() =>
          run(() => {
            record.status = 'processing';
          }),
        )
        .then((outcome) => {
          record.outcome = outcome;
          record.status = outcome.kind;
          record.finishedMs = Date.now();
        }),
    };
    this.#records.set(keyOf(request.requestId), record);
    return record;
  }

  // Walks all records again and again, a few at each admission, so that no timer is needed.
  #forgetSome(nowMs: number): void {
    for (let step = 0; step < SWEEP_STEPS; step += 1) {
      this.#sweep ??= this.#records.entries();
      const next = this.#sweep.next();
      if (next.done === true) {
        this.#sweep = undefined;
        return;
      }
      const [key, record] = next.value;
      if (record.status === 'received' || record.status === 'processing') continue;
      if (nowMs > record.expiryMs + EXPIRY_GRACE_MS) {
        this.#records.delete(key);
      } else if (nowMs > record.finishedMs + ANSWER_KEPT_MS) {
        record.outcome = undefined;
        record.status = 'done';
      }
    }
  }
}

function keyOf(requestId: Uint8Array): string {
  return Buffer.from(requestId.buffer, requestId.byteOffset, requestId.byteLength).toString('latin1');
}
