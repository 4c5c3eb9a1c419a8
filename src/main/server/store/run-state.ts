// The states of a run, and which may follow which.

import { SandpoolError } from '../../../bridge/errors.js';

/** Of a run, and of a batch as a whole. */
export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

/** The states that nothing follows. */
export type EndState = Exclude<RunState, 'queued' | 'running'>;

/** All of them, in the order of a run's life. */
export const RUN_STATES: readonly RunState[] = Object.freeze([
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
]);

const NEXT: Readonly<Record<RunState, readonly RunState[]>> = Object.freeze({
  queued: ['running', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelled', 'interrupted'],
  succeeded: [],
  failed: [],
  cancelled: [],
  interrupted: [],
});

/** Whether nothing follows `state`. */
export function isEnded(state: RunState): state is EndState {
  return NEXT[state].length === 0;
}

/** @throws RUN_STATE_CONFLICT when `next` may not follow `state` */
export function mustBecome(run: string, state: RunState, next: RunState): void {
  if (NEXT[state].includes(next)) return;
  throw new SandpoolError('RUN_STATE_CONFLICT', { subject: `run ${run}`, state, next });
}
