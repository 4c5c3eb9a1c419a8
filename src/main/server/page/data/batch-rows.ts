// The runs of a batch as rows: loaded once, then patched by events. An event may come again after a reconnection, or
// tell of what was loaded already; nothing goes back from a later state to an earlier one.

import type { ServiceEvent } from '../../api/events.js';
import type { Run } from '../../api/runs.js';
import { isEnded, noCounts, type RunState, type StateCounts } from './run-states.js';

/** A host call that a run waits on. */
export interface PendingCall {
  readonly number: number;
  readonly kind: 'update' | 'query' | 'metadata';
  readonly method: string;
}

/** One run. Changed in place: there may be many thousands. */
export interface RunRow {
  readonly id: string;
  readonly canister: string;
  readonly label: string | undefined;
  readonly attempt: number;
  state: RunState;
  computing: boolean;
  call: PendingCall | undefined;
  calls: number;
  startedAtMs: number | undefined;
  endedAtMs: number | undefined;
  errorCode: string | undefined;
  errorMessage: string | undefined;
}

/** Which rows are wanted. */
export interface RowFilter {
  /** Undefined: any. */
  readonly state: RunState | undefined;
  /** In the label or the canister; any case. */
  readonly text: string;
}

/** Rows, in the order that the runs were made. */
export class BatchRows {
  readonly #byId = new Map<string, RunRow>();
  #rows: RunRow[] = [];
  readonly #counts = noCounts();
  #lastSequence = 0;

  /** Adds runs as the API gives them, in any order. */
  load(runs: readonly Run[]): void {
    for (const run of runs) {
      if (this.#byId.has(run.id)) continue;
      const row = rowOf(run);
      this.#byId.set(run.id, row);
      this.#rows.push(row);
      this.#counts[row.state] += 1;
    }
    this.#rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get size(): number {
    return this.#rows.length;
  }

  get counts(): Readonly<StateCounts> {
    return this.#counts;
  }

  row(id: string): RunRow | undefined {
    return this.#byId.get(id);
  }

  /** What the event changed: `ended` when a run has ended by it, `changed`, or `nothing`. */
  apply(event: ServiceEvent): 'ended' | 'changed' | 'nothing' {
    if (event.sequence <= this.#lastSequence) return 'nothing';
    this.#lastSequence = event.sequence;
    if (!('run' in event)) return 'nothing';
    const row = this.#byId.get(event.run);
    if (row === undefined || isEnded(row.state)) return 'nothing';
    switch (event.type) {
      case 'run-started':
        this.#become(row, 'running');
        row.startedAtMs ??= Date.parse(event.time);
        return 'changed';
      case 'run-computing':
        row.computing = true;
        return 'changed';
      case 'call-started':
        row.computing = true;
        row.call = { number: event.call, kind: event.kind, method: event.method };
        row.calls = Math.max(row.calls, event.call);
        return 'changed';
      case 'call-ended':
        if (row.call?.number === event.call) row.call = undefined;
        return 'changed';
      case 'run-finished':
      case 'run-interrupted':
        this.#become(row, event.state);
        this.#end(row, event);
        return isEnded(row.state) ? 'ended' : 'changed';
      default:
        return 'nothing';
    }
  }

  /** In the order that the runs were made. */
  matching({ state, text }: RowFilter): readonly RunRow[] {
    const wanted = text.trim().toLowerCase();
    if (state === undefined && wanted === '') return this.#rows;
    return this.#rows.filter(
      (row) =>
        (state === undefined || row.state === state) &&
        (wanted === '' ||
          row.canister.includes(wanted) ||
          row.label?.toLowerCase().includes(wanted) === true),
    );
  }

  #become(row: RunRow, state: RunState): void {
    this.#counts[row.state] -= 1;
    row.state = state;
    this.#counts[state] += 1;
  }

  #end(row: RunRow, event: ServiceEvent): void {
    row.computing = false;
    row.call = undefined;
    row.endedAtMs = Date.parse(event.time);
    if (event.type !== 'run-finished') return;
    row.errorCode = event.error?.code;
    row.errorMessage = event.error?.message;
    row.calls = event.statistics?.hostCalls ?? row.calls;
  }
}

function rowOf(run: Run): RunRow {
  return {
    id: run.id,
    canister: run.canister,
    label: run.label,
    attempt: run.attempt,
    state: run.state,
    computing: false,
    call: undefined,
    calls: run.statistics?.hostCalls ?? 0,
    startedAtMs: run.startedAt === undefined ? undefined : Date.parse(run.startedAt),
    endedAtMs: run.endedAt === undefined ? undefined : Date.parse(run.endedAt),
    errorCode: run.error?.code,
    errorMessage: run.error?.message,
  };
}

/** What a run is doing, in words. Parts that a plugin or a client chose are text like any other. */
export function activityOf(row: RunRow): string {
  if (row.state === 'queued') return '';
  if (isEnded(row.state)) return row.errorMessage ?? '';
  if (row.call !== undefined) return `waiting on ${row.call.kind} ${row.call.method}`;
  return row.computing ? 'computing' : 'preparing';
}
