// Turns: work on one thing is done one after the other, work on different things side by side.

/** The queues of work, by the name of what is worked on. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does the work once everything asked for earlier under this name has ended, well or not. */
  async take<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#last.get(name);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return work();
    })();
    this.#last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(name) === turn) this.#last.delete(name);
    }
  }
}
