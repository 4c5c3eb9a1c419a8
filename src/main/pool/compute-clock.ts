// How long a run has computed, by what its control block holds.

import { type ControlBlock, processClock, RunState } from '../../bridge/control-block.js';
import type { ComputeClockKind } from './run-types.js';

/** Which clock the run is charged by. */
export function clockKind(control: ControlBlock): ComputeClockKind {
  return control.cpuAtStart < 0n ? 'elapsed' : 'thread-cpu';
}

/** Nanoseconds charged so far, as of the last look at the thread's clock. */
export function computeTime(control: ControlBlock): bigint {
  const { state } = control;
  if (state === RunState.idle) return 0n;
  const inState = processClock() - control.stateSince;
  if (clockKind(control) === 'elapsed') {
    const waiting = control.waited + (state === RunState.waiting ? inState : 0n);
    return processClock() - control.startedAt - waiting;
  }
  const slept = control.slept + (state === RunState.sleeping ? inState : 0n);
  return control.cpuSeen - control.cpuAtStart + slept;
}
