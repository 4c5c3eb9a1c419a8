// Which runs may have a thread now. A thread is dear to start and to switch to, so there are as many as do some good:
// a few that compute, and one for each run that waits for its network.

import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import { FairQueue, type FairQueueOptions } from './fair-queue.js';

/** Runs that may compute at once before the next is let in. */
const COMPUTING_AT_ONCE = 2 * availableParallelism();

/** When the runs that compute go on for so long, one more is let in beside them, and again. */
const PATIENCE_MS = 100;

/** What {@link Admission.run} is told of a run. */
export interface AdmissionOptions {
  /** On whose behalf; callers take turns. */
  readonly caller: string;
  /** Takes it out of the queue. */
  readonly signal: AbortSignal;
}

/** The queue before the threads. */
export class Admission {
  readonly #queue: PQueue<FairQueue, FairQueueOptions>;
  readonly #atMost: number;
  #runs = 0;
  #waiting = 0;
  #tolerated = 0;
  #patience: NodeJS.Timeout | undefined;

  constructor(atMost: number) {
    this.#atMost = atMost;
    this.#queue = new PQueue({ concurrency: this.#places(), queueClass: FairQueue });
    this.#queue.on('active', () => this.#patience?.refresh());
    this.#queue.on('empty', () => this.#calm());
  }

  /** Runs on a thread, or waiting for one that is starting. */
  get running(): number {
    return this.#queue.pending;
  }

  /** Does `work` when its turn comes. Rejects with the reason of the signal when that is first. */
  async run<Result>(work: () => Promise<Result>, { caller, signal }: AdmissionOptions): Promise<Result> {
    this.#runs += 1;
    const result = this.#queue.add(work, { caller, signal, id: `${this.#runs}` });
    if (this.#queue.size > 0) this.#patience ??= setInterval(() => this.#tolerate(), PATIENCE_MS).unref();
    return result;
  }

  /** Says that a run waits for something that is not this machine's work; what it gives back says that it is over. */
  waits(): () => void {
    this.#waiting += 1;
    this.#adjust();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#waiting -= 1;
      this.#adjust();
    };
  }

  #tolerate(): void {
    if (this.#queue.size === 0) {
      this.#calm();
    } else {
      this.#tolerated += 1;
      this.#adjust();
    }
  }

  #calm(): void {
    clearInterval(this.#patience);
    this.#patience = undefined;
    this.#tolerated = 0;
    this.#adjust();
  }

  #adjust(): void {
    const places = this.#places();
    if (places !== this.#queue.concurrency) this.#queue.concurrency = places;
  }

  #places(): number {
    return Math.min(this.#atMost, COMPUTING_AT_ONCE + this.#waiting + this.#tolerated);
  }
}
