// Ends runs that are past their compute budget or wall time. It reads control blocks and CPU clocks; what it
// decides, the run's session carries out.

import { type ControlBlock, processClock, RunState } from '../../bridge/control-block.js';
import { SandpoolError } from '../../bridge/errors.js';
import type { ComputeClock } from './compute-clock.js';
import type { RunLimits } from './limits.js';

const TICK_MS = 10;

/** What the watchdog needs of a run. */
export interface WatchedRun {
  readonly control: ControlBlock;
  readonly clock: ComputeClock;
  readonly limits: Pick<RunLimits, 'computeBudgetMs' | 'wallTimeMs'>;
  end(error: SandpoolError): void;
}

/** Watches every run of a pool; its timer runs only while there are any. */
export class Watchdog {
  readonly #runs = new Set<WatchedRun>();
  #timer: NodeJS.Timeout | undefined;

  watch(run: WatchedRun): void {
    this.#runs.add(run);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  unwatch(run: WatchedRun): void {
    this.#runs.delete(run);
    if (this.#runs.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    for (const run of this.#runs) {
      const error = overrun(run);
      if (error !== undefined) run.end(error);
    }
  }
}

function overrun({ control, clock, limits }: WatchedRun): SandpoolError | undefined {
  const { state } = control;
  if (state === RunState.idle || state === RunState.finished) return undefined;
  const { computeBudgetMs, wallTimeMs } = limits;
  if (Number(processClock() - control.startedAt) / 1e6 > wallTimeMs) {
    return new SandpoolError('WALL_TIME_EXCEEDED', { limitMs: wallTimeMs });
  }
  // A run that waits for a host call computes nothing; its clock stands still.
  if (state !== RunState.waiting && Number(clock.computed()) / 1e6 > computeBudgetMs) {
    return new SandpoolError('COMPUTE_BUDGET_EXCEEDED', { budgetMs: computeBudgetMs });
  }
  return undefined;
}
