// The order in which runs that wait get their turn: callers one after another, each caller's runs as they came. So who
// asks for one run need not wait for all of a thousand that someone else asked for before.

import type { Queue, QueueAddOptions } from 'p-queue';

type RunFunction = () => Promise<unknown>;

/** What a run is queued with. */
export interface FairQueueOptions extends QueueAddOptions {
  /** On whose behalf. */
  readonly caller?: string;
}

interface Waiting {
  readonly id: string | undefined;
  readonly run: RunFunction;
}

/** A queue for p-queue, with a line for each caller. */
export class FairQueue implements Queue<RunFunction, FairQueueOptions> {
  /** In the order of their next turns; none is empty. */
  readonly #lines = new Map<string, Waiting[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  enqueue(run: RunFunction, { caller = '', id }: Partial<FairQueueOptions> = {}): void {
    const line = this.#lines.get(caller);
    if (line === undefined) this.#lines.set(caller, [{ id, run }]);
    else line.push({ id, run });
    this.#size += 1;
  }

  dequeue(): RunFunction | undefined {
    for (const [caller, line] of this.#lines) {
      const next = line.shift();
      this.#lines.delete(caller);
      if (line.length > 0) this.#lines.set(caller, line);
      this.#size -= 1;
      return next?.run;
    }
    return undefined;
  }

  remove(id: string): void {
    for (const [caller, line] of this.#lines) {
      const index = line.findIndex((waiting) => waiting.id === id);
      if (index < 0) continue;
      line.splice(index, 1);
      if (line.length === 0) this.#lines.delete(caller);
      this.#size -= 1;
      return;
    }
  }

  filter({ caller = '' }: Readonly<Partial<FairQueueOptions>>): RunFunction[] {
    return (this.#lines.get(caller) ?? []).map(({ run }) => run);
  }

  /** Turns are all there is. */
  setPriority(): never {
    throw new Error('runs have no priorities');
  }
}
