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

/** Keeps the records and knows which updates are under way. */
export class UpdateLedger {
  readonly #records: UpdateRecord[] = [];
  readonly #inFlight = new Set<Promise<unknown>>();

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
    const change = (changed: Partial<UpdateRecord>) => {
      const record = this.#records[index];
      if (record) this.#records[index] = { ...record, ...changed };
    };
    const run = async (): Promise<Result> => {
      try {
        const result = await work((requestIdHex) => change({ requestIdHex }));
        change({ state: 'applied' });
        return result;
      } catch (error) {
        change({ state: (error instanceof CallFailure ? error.fate : undefined) ?? 'unknown' });
        throw error;
      }
    };
    const running = run().finally(() => this.#inFlight.delete(running));
    this.#inFlight.add(running);
    return running;
  }
}
