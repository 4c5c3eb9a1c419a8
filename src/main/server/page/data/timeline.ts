// What one run did when: built up from its events, and cut into segments that can be drawn.

import type { ServiceEvent } from '../../api/events.js';
import type { Run } from '../../api/runs.js';

/** What a run may be at. */
export type PhaseKind = 'queued' | 'preparing' | 'computing' | 'waiting';

/** A span of a run's time; without `toMs` it is not over. */
export interface Phase {
  readonly kind: PhaseKind;
  readonly fromMs: number;
  readonly toMs?: number;
  /** The number of the host call waited on. */
  readonly call?: number;
}

/** A host call. */
export interface HostCall {
  readonly number: number;
  readonly kind: 'update' | 'query' | 'metadata';
  readonly method: string;
  readonly target: string;
  readonly startedMs: number;
  readonly durationMs?: number;
  /** `ok`, or the code of an error. */
  readonly outcome?: string;
}

/** A part of the drawing, from 0 to 1 of its width. */
export interface Segment {
  readonly kind: PhaseKind;
  readonly start: number;
  readonly end: number;
}

/** The phases and host calls of one run, in order. */
export class RunTimeline {
  readonly createdMs: number;
  readonly #phases: Phase[] = [];
  readonly #calls: HostCall[] = [];
  #endedMs: number | undefined;

  constructor(run: Pick<Run, 'createdAt'>) {
    this.createdMs = Date.parse(run.createdAt);
    this.#phases.push({ kind: 'queued', fromMs: this.createdMs });
  }

  get phases(): readonly Phase[] {
    return this.#phases;
  }

  get calls(): readonly HostCall[] {
    return this.#calls;
  }

  get endedMs(): number | undefined {
    return this.#endedMs;
  }

  /** Events of this run, in order. */
  apply(event: ServiceEvent): void {
    if (this.#endedMs !== undefined) return;
    const timeMs = Date.parse(event.time);
    switch (event.type) {
      case 'run-started':
        this.#enter({ kind: 'preparing', fromMs: timeMs });
        break;
      case 'run-computing':
        this.#enter({ kind: 'computing', fromMs: timeMs });
        break;
      case 'call-started':
        this.#enter({ kind: 'waiting', fromMs: timeMs, call: event.call });
        this.#calls.push({
          number: event.call,
          kind: event.kind,
          method: event.method,
          target: event.target,
          startedMs: timeMs,
        });
        break;
      case 'call-ended':
        this.#enter({ kind: 'computing', fromMs: timeMs });
        this.#endCall(event.call, event.durationMs, event.outcome);
        break;
      case 'run-finished':
      case 'run-interrupted':
        this.#leave(timeMs);
        this.#endedMs = timeMs;
        break;
      default:
    }
  }

  /** How long each kind of phase took until `nowMs`. */
  totals(nowMs: number): Record<PhaseKind, number> {
    const totals = { queued: 0, preparing: 0, computing: 0, waiting: 0 };
    for (const { kind, fromMs, toMs } of this.#phases) totals[kind] += Math.max(0, (toMs ?? nowMs) - fromMs);
    return totals;
  }

  #enter(phase: Phase): void {
    this.#leave(phase.fromMs);
    this.#phases.push(phase);
  }

  #leave(timeMs: number): void {
    const last = this.#phases.pop();
    if (last === undefined) return;
    this.#phases.push(last.toMs === undefined ? { ...last, toMs: Math.max(last.fromMs, timeMs) } : last);
  }

  #endCall(number: number, durationMs: number, outcome: string): void {
    const index = this.#calls.findLastIndex((call) => call.number === number);
    const call = this.#calls[index];
    if (call !== undefined) this.#calls[index] = { ...call, durationMs, outcome };
  }
}

/**
 * The phases as at most `most` segments between `fromMs` and `toMs`: what is too narrow to be seen is drawn as whatever
 * took the most time around it.
 */
export function segmentsOf(phases: readonly Phase[], fromMs: number, toMs: number, most: number): Segment[] {
  const spanMs = toMs - fromMs;
  if (spanMs <= 0 || most < 1) return [];
  const shares: Map<PhaseKind, number>[] = Array.from({ length: most }, () => new Map());
  for (const phase of phases) {
    const start = (most * (Math.max(fromMs, phase.fromMs) - fromMs)) / spanMs;
    const end = (most * (Math.min(toMs, phase.toMs ?? toMs) - fromMs)) / spanMs;
    for (let slot = Math.floor(start); slot < end && slot < most; slot++) {
      const share = Math.min(end, slot + 1) - Math.max(start, slot);
      const slots = shares[slot];
      if (share > 0) slots?.set(phase.kind, (slots.get(phase.kind) ?? 0) + share);
    }
  }
  const segments: Segment[] = [];
  shares.forEach((kinds, slot) => {
    const kind = largestOf(kinds);
    if (kind === undefined) return;
    const last = segments.at(-1);
    if (last?.kind === kind && Math.abs(last.end - slot / most) < 1e-9)
      segments[segments.length - 1] = { ...last, end: (slot + 1) / most };
    else segments.push({ kind, start: slot / most, end: (slot + 1) / most });
  });
  return segments;
}

function largestOf(kinds: ReadonlyMap<PhaseKind, number>): PhaseKind | undefined {
  let found: PhaseKind | undefined;
  let largest = 0;
  for (const [kind, share] of kinds) {
    if (share > largest) {
      found = kind;
      largest = share;
    }
  }
  return found;
}
