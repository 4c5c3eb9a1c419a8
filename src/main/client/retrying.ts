// When to try again, and for how long.

import { SandpoolError } from '../../bridge/errors.js';
import { isPassing, ServiceAnswer } from './service-error.js';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;
/** More than this nobody is waited for at once, whatever they ask for. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** A clock, and waiting by it. */
export interface Waiting {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Resolves after so many milliseconds. Rejects with `CANCELLED` when the signal aborts. */
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Waiting as it is outside tests. */
export const REAL_WAITING: Waiting = {
  now: () => performance.now(),
  pause: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(new SandpoolError('CANCELLED', {}, { cause: signal?.reason }));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, milliseconds);
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
};

/** Attempts at one thing, further and further apart, until nobody has been there for `giveUpMs`. */
export class Attempts {
  readonly #waiting: Waiting;
  readonly #giveUpMs: number;
  #failures = 0;
  #lastSuccess: number;

  constructor(giveUpMs: number, waiting: Waiting = REAL_WAITING) {
    this.#waiting = waiting;
    this.#giveUpMs = giveUpMs;
    this.#lastSuccess = waiting.now();
  }

  /** Somebody was there. */
  succeeded(): void {
    this.#failures = 0;
    this.#lastSuccess = this.#waiting.now();
  }

  /**
   * Waits until it is time for the next.
   * @throws `error` itself when trying again does not help, or has been tried for long enough
   */
  async failed(error: SandpoolError, signal?: AbortSignal): Promise<void> {
    if (!isPassing(error)) throw error;
    if (this.#waiting.now() - this.#lastSuccess >= this.#giveUpMs) throw error;
    const asked = error.cause instanceof ServiceAnswer ? error.cause.retryAfterMs : undefined;
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Not all who lost the same service come back at the same moment.
    const delay = longest * (0.5 + Math.random() / 2);
    await this.#waiting.pause(Math.max(delay, Math.min(asked ?? 0, LONGEST_RETRY_AFTER_MS)), signal);
  }
}

/**
 * Does `work`, again when what failed may pass.
 * @throws SandpoolError what `work` failed with last
 */
export async function persist<Value>(
  work: () => Promise<Value>,
  {
    giveUpMs,
    signal,
    waiting,
  }: { readonly giveUpMs: number; readonly signal?: AbortSignal; readonly waiting?: Waiting },
): Promise<Value> {
  const attempts = new Attempts(giveUpMs, waiting);
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      await attempts.failed(SandpoolError.from(thrown), signal);
    }
  }
}
