// The states of runs and batches as the page speaks of them.

import type { Batch } from '../../api/runs.js';

/** Of a run, and of a batch as a whole. */
export type RunState = Batch['state'];

/** How many runs are in each state. */
export type StateCounts = Batch['counts'];

/** In the order of a run's life. */
export const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted'] as const;

/** Those that a run ends in. */
export const END_STATES = ['succeeded', 'failed', 'cancelled', 'interrupted'] as const;

/** Those that are done again by a retry. */
export const RETRIED_STATES = ['failed', 'interrupted'] as const;

/** Whether nothing follows. */
export function isEnded(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}

/** Of all runs. */
export function totalOf(counts: StateCounts): number {
  return STATES.reduce((sum, state) => sum + counts[state], 0);
}

/** Of those that have ended. */
export function endedOf(counts: StateCounts): number {
  return END_STATES.reduce((sum, state) => sum + counts[state], 0);
}

/** No runs. */
export function noCounts(): StateCounts {
  return { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0, interrupted: 0 };
}
