// Whether the events of runs are complete and in order.

/** The events of some runs, taken one after another as a reader gets them. */
export class EventOrder {
  #lastSequence = 0;
  #runs = new Map();
  /** How many were taken. */
  count = 0;

  /** @throws {Error} when it comes out of order */
  take(event) {
    const { sequence, run } = event;
    if (sequence <= this.#lastSequence)
      throw new Error(`event ${sequence} came behind ${this.#lastSequence}`);
    this.#lastSequence = sequence;
    this.count += 1;
    if (run === undefined) return;
    const story = this.#runs.get(run) ?? { types: [], open: new Set(), calls: 0, end: undefined };
    this.#runs.set(run, story);
    if (story.end !== undefined) throw new Error(`run ${run}: ${event.type} behind its end`);
    story.types.push(event.type);
    if (event.type === 'call-started') {
      story.calls += 1;
      if (event.call !== story.calls)
        throw new Error(`run ${run}: call ${event.call} is its ${story.calls}.`);
      story.open.add(event.call);
    } else if (event.type === 'call-ended') {
      if (!story.open.delete(event.call)) throw new Error(`run ${run}: call ${event.call} ended twice`);
    } else if (event.type === 'run-finished' || event.type === 'run-interrupted') {
      story.end = event;
    }
  }

  /** How many runs were told of. */
  get runs() {
    return this.#runs.size;
  }

  /** @throws {Error} unless each run told all there is to tell of one that succeeded with so many calls */
  mustHaveSucceeded(calls) {
    for (const [run, { types, open, end }] of this.#runs) {
      const wanted = ['run-started', 'run-computing'];
      for (let call = 0; call < calls; call += 1) wanted.push('call-started', 'call-ended');
      wanted.push('run-finished');
      if (types.join() !== wanted.join() || open.size > 0 || end?.state !== 'succeeded') {
        throw new Error(`run ${run} told ${types.join(', ')} (${end?.state})`);
      }
      const { updates = [] } = end;
      const applied = updates.filter(({ state }) => state === 'applied').length;
      if (applied !== calls) throw new Error(`run ${run} told of ${applied} updates, not ${calls}`);
    }
  }
}
