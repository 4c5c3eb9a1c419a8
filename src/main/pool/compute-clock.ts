// How long a run has computed, by what its control block holds.

import { type ControlBlock, processClock, RunState } from '../../bridge/control-block.js';
import type { ComputeClockKind } from './run-types.js';

/** Which clock the run is charged by. */
export function clockKind(control: ControlBlock): ComputeClockKind {
  return control.cpuAtStart < 0n ? 'elapsed' : 'thread-cpu';
}

/** Nanoseconds charged up to `now`, as of the last look at the thread's clock. */
export function computeTime(control: ControlBlock, now: bigint = processClock()): bigint {
  if (control.state === RunState.idle) return 0n;
  if (clockKind(control) === 'elapsed') return now - control.startedAt - waitingTime(control, now);
  return control.cpuSeen - control.cpuAtStart + sleepingTime(control, now);
}

/** Nanoseconds of waiting for host calls up to `now`, the present wait included. */
export function waitingTime(control: ControlBlock, now: bigint = processClock()): bigint {
  return control.waited + presentStretch(control, RunState.waiting, now);
}

/** Nanoseconds asleep up to `now`, the present sleep included. */
export function sleepingTime(control: ControlBlock, now: bigint = processClock()): bigint {
  return control.slept + presentStretch(control, RunState.sleeping, now);
}

/** How long the run has been in `state` without a break; nothing when it is in another, or got there after `now`. */
function presentStretch(control: ControlBlock, state: RunState, now: bigint): bigint {
  const { stateSince } = control;
  return control.state === state && now > stateSince ? now - stateSince : 0n;
}
