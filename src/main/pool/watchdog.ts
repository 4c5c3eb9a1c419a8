// The main thread's end of the watchdog: tells it which runs there are, and ends those that it reports.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type ControlBlock, EndReason } from '../../bridge/control-block.js';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { RunLimits } from './limits.js';

/**
 * A run is watched once it has lasted so long, or half of what it may: to start the watchdog costs as much as to start a
 * run's own thread, when many of those are being started. What runs can do in so little time needs no watching.
 */
const UNWATCHED_MS = 150;

/** Some twice of what a processor fills meanwhile. With less room, runs are watched from the start. */
const ROOM_A_PROCESSOR_BYTES = 1024 ** 3;

const THREAD_ENTRY = new URL('../../threads/watchdog.cjs', import.meta.url);

/** What the watchdog's thread is started with. */
export interface WatchdogOptions {
  /** Resident memory of the process, in bytes, over which the largest run is ended. */
  readonly processMemoryBytes: number;
}

/** Main to watchdog: there is this run. */
export interface WatchOrder {
  readonly type: 'WATCH';
  readonly id: number;
  readonly control: SharedArrayBuffer;
  readonly computeBudgetMs: number;
  readonly wallTimeMs: number;
}

/** Main to watchdog. */
export type WatchdogOrder = WatchOrder | { readonly type: 'UNWATCH'; readonly id: number };

/** Watchdog to main: the run must end, for the reason in its control block. */
export interface WatchdogReport {
  readonly id: number;
}

/** What the watchdog needs of a run. */
export interface WatchedRun {
  readonly control: ControlBlock;
  readonly limits: Pick<RunLimits, 'computeBudgetMs' | 'wallTimeMs'>;
  /** Ends it for the reason in its control block. */
  expire(): void;
  end(error: SandpoolError): void;
}

/** Watches every run of a pool, from a thread that is started when the first has lasted a moment. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #runs = new Map<number, WatchedRun>();
  #lastId = 0;
  #thread: Worker | undefined;

  constructor({ processMemoryBytes }: WatchdogOptions) {
    this.#options = { processMemoryBytes };
  }

  /** Watches `run` until the returned function is called, which is when its thread is free or gone. */
  watch(run: WatchedRun): () => void {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#runs.set(id, run);
    this.#orderToWatch(id, run);
    const start =
      this.#thread === undefined ? setTimeout(() => this.#start(), this.#unwatchedMs(run)) : undefined;
    return () => {
      clearTimeout(start);
      this.#runs.delete(id);
      this.#order({ type: 'UNWATCH', id });
    };
  }

  /** Ends the thread. There are to be no runs any more. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  #unwatchedMs({ limits: { computeBudgetMs, wallTimeMs } }: WatchedRun): number {
    const room = this.#options.processMemoryBytes - process.memoryUsage.rss();
    if (room < availableParallelism() * ROOM_A_PROCESSOR_BYTES) return 0;
    return Math.min(UNWATCHED_MS, computeBudgetMs / 2, wallTimeMs / 2);
  }

  /** Starts the thread, unless it runs already. It does not keep the process alive. */
  #start(): void {
    if (this.#thread !== undefined) return;
    const thread = new Worker(THREAD_ENTRY, { workerData: this.#options, env: {}, execArgv: [] });
    this.#thread = thread;
    thread.unref();
    thread.on('message', ({ id }: WatchdogReport) => this.#runs.get(id)?.expire());
    thread.on('error', (error) => this.#lost(thread, describe(error)));
    thread.on('exit', () => this.#lost(thread, 'it ended'));
    for (const [id, run] of this.#runs) this.#orderToWatch(id, run);
  }

  #orderToWatch(id: number, { control, limits: { computeBudgetMs, wallTimeMs } }: WatchedRun): void {
    this.#order({ type: 'WATCH', id, control: control.buffer, computeBudgetMs, wallTimeMs });
  }

  #order(order: WatchdogOrder): void {
    this.#thread?.postMessage(order);
  }

  /** Without its watchdog no run may go on. */
  #lost(thread: Worker, reason: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const run of this.#runs.values()) {
      run.end(new SandpoolError('INTERNAL', { reason: `the watchdog was lost: ${reason}` }));
    }
  }
}

/** The error of a run that the watchdog has marked, or `undefined` when it has marked none. */
export function watchdogError(
  { control, limits }: Pick<WatchedRun, 'control' | 'limits'>,
  processMemoryBytes: number,
): SandpoolError | undefined {
  switch (control.endReason) {
    case EndReason.computeBudget:
      return new SandpoolError('COMPUTE_BUDGET_EXCEEDED', { budgetMs: limits.computeBudgetMs });
    case EndReason.wallTime:
      return new SandpoolError('WALL_TIME_EXCEEDED', { limitMs: limits.wallTimeMs });
    case EndReason.processMemory:
      return new SandpoolError('MEMORY_LIMIT_EXCEEDED', {
        problem: `the process reached its memory limit of ${processMemoryBytes} bytes, and this run, with ${control.memoryBytes}, was the largest`,
        setting: 'processMemoryBytes',
        limit: processMemoryBytes,
      });
    default:
      return undefined;
  }
}
