// How many requests are under way at once: as many as there are connections, until the network says that it is too
// busy. Then half as many; and as long as it says so no more, slowly more again.
import PQueue from 'p-queue';

/** A request that has its turn. */
export interface Turn {
  /** To be called once, when it has been answered or has failed. */
  end(answer: 'taken' | 'busy'): void;
}

/** The limit for one network. */
export class InFlightLimit {
  readonly #most: number;
  readonly #queue: PQueue;
  #takenInARow = 0;
  #turns = 0;
  /** Requests that were under way when the limit was last lowered say nothing of the limit that it is now. */
  #lowestTurnThatCounts = 0;

  constructor(most: number) {
    this.#most = most;
    this.#queue = new PQueue({ concurrency: most });
  }

  /** Requests at once, now. */
  get limit(): number {
    return this.#queue.concurrency;
  }

  /** Waits for a turn. Rejects with the reason of the signal, asked for when there is to be a wait, if that comes first. */
  turn(stop: () => AbortSignal): Promise<Turn> {
    const isFree = this.#queue.size === 0 && this.#queue.pending < this.limit;
    return new Promise((resolve, reject) => {
      const untilEnded = (): Promise<void> =>
        new Promise((ended) => {
          this.#turns += 1;
          const turn = this.#turns;
          resolve({
            end: (answer) => {
              this.#adjust(turn, answer);
              ended();
            },
          });
        });
      this.#queue.add(untilEnded, isFree ? {} : { signal: stop() }).catch(reject);
    });
  }

  #adjust(turn: number, answer: 'taken' | 'busy'): void {
    if (answer === 'busy') {
      this.#takenInARow = 0;
      if (turn < this.#lowestTurnThatCounts) return;
      this.#lowestTurnThatCounts = this.#turns + 1;
      this.#queue.concurrency = Math.max(1, Math.floor(this.limit / 2));
      return;
    }
    this.#takenInARow += 1;
    if (this.#takenInARow < this.limit || this.limit === this.#most) return;
    this.#takenInARow = 0;
    this.#queue.concurrency = Math.min(this.#most, this.limit + Math.ceil(this.limit / 8));
  }
}
