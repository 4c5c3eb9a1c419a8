// The updates that one run made and what became of each, so that whoever cancels or loses a run can say what
// was applied.
import { CallFailure } from './client.js';

/**
 * `applied`: answered with a reply. `rejected`: answered with a rejection. `not-sent`: the network certainly did
 * not receive it. `unknown`: it may or may not have taken effect.
 */
export type UpdateState = 'in-flight' | 'applied' | 'rejected' | 'not-sent' | 'unknown';

/** One update. */
export interface UpdateRecord {
  /** The number of the host call that made it, counting from 1. */
  readonly number: number;
  /** The canister it was for, be it through a proxy. */
  readonly canisterId: string;
  readonly method: string;
  readonly state: UpdateState;
  /** In hex; present once it was about to be sent. For a proxied update, that of the call of the proxy. */
  readonly requestIdHex?: string;
}

/** What an update is recorded with when it begins. */
export type UpdateSubject = Pick<UpdateRecord, 'number' | 'canisterId' | 'method'>;

/** Is told of each update. */
export interface UpdateListener {
  /** It is about to be sent, with its request id. When this throws, it is not sent. */
  readonly onSend?: ((record: UpdateRecord) => void) | undefined;
  /** What became of it. Does not throw. */
  readonly onEnd?: ((record: UpdateRecord) => void) | undefined;
}

/** Keeps the records and knows which updates are under way. */
export class UpdateLedger {
  readonly #listener: UpdateListener;
  readonly #records: UpdateRecord[] = [];
  readonly #inFlight = new Set<Promise<unknown>>();

  constructor(listener: UpdateListener = {}) {
    this.#listener = listener;
  }

  /** All updates so far, in the order in which they began. */
  get records(): readonly UpdateRecord[] {
    return this.#records;
  }

  /** Waits until no update is under way. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight);
  }

  /**
   * Does `work`, which makes one update, and records how it ended. What it throws is passed on; anything but a
   * `CallFailure` leaves the update's fate unknown.
   */
  record<Result>(
    subject: UpdateSubject,
    work: (onSubmitted: (requestIdHex: string) => void) => Promise<Result>,
  ): Promise<Result> {
    const index = this.#records.push({ ...subject, state: 'in-flight' }) - 1;
    const change = (changed: Partial<UpdateRecord>): UpdateRecord => {
      const record = { ...subject, state: 'in-flight' as const, ...this.#records[index], ...changed };
      this.#records[index] = record;
      return record;
    };
    const send = (requestIdHex: string): void => {
      // The same request may be sent more than once: the network knows it by its id.
      if (this.#records[index]?.requestIdHex === requestIdHex) return;
      const record = change({ requestIdHex });
      this.#listener.onSend?.(record);
    };
    const end = (state: UpdateState): void => {
      const record = change({ state });
      this.#listener.onEnd?.(record);
    };
    const run = async (): Promise<Result> => {
      let result: Result;
      try {
        result = await work(send);
      } catch (error) {
        end((error instanceof CallFailure ? error.fate : undefined) ?? 'unknown');
        throw error;
      }
      end('applied');
      return result;
    };
    const running = run().finally(() => this.#inFlight.delete(running));
    this.#inFlight.add(running);
    return running;
  }
}
