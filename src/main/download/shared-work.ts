// Work that several wait for and one does. Whoever gives up leaves the others waiting; when nobody waits any more, the
// work is ended.

import { SandpoolError } from '../../bridge/errors.js';

interface Ongoing<Result> {
  readonly result: Promise<Result>;
  readonly end: AbortController;
  waiting: number;
}

/** Work under way, by key. */
export class SharedWork<Result> {
  readonly #ongoing = new Map<string, Ongoing<Result>>();

  /**
   * Joins the work under way for `key`, or begins it.
   * @param signal ends the waiting with `CANCELLED`
   */
  async run(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    if (signal?.aborted === true) throw new SandpoolError('CANCELLED');
    const ongoing = this.#ongoing.get(key) ?? this.#begin(key, work);
    ongoing.waiting++;
    let leave = (): void => undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(new SandpoolError('CANCELLED', {}, { cause: signal?.reason }));
      signal?.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([ongoing.result, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
      if (--ongoing.waiting === 0) {
        this.#forget(key, ongoing);
        ongoing.end.abort();
      }
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<Result>): Ongoing<Result> {
    const end = new AbortController();
    const ongoing: Ongoing<Result> = { result: work(end.signal), end, waiting: 0 };
    this.#ongoing.set(key, ongoing);
    const done = (): void => this.#forget(key, ongoing);
    ongoing.result.then(done, done);
    return ongoing;
  }

  #forget(key: string, ongoing: Ongoing<Result>): void {
    if (this.#ongoing.get(key) === ongoing) this.#ongoing.delete(key);
  }
}
