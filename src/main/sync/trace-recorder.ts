// A sync as a trace: what took how long, in the format that Chrome, Perfetto and speedscope read. Each canister has a
// row, with its steps on it, and in these the calls and the stretches between them; so has each plugin that is prepared.
// The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

import type { StepReference, SyncEvent } from './sync-events.js';

/** One entry of `traceEvents`: a stretch of time (`X`), or the name of something (`M`). Times are microseconds. */
export type TraceEvent =
  | {
      readonly ph: 'X';
      readonly name: string;
      readonly cat: TraceCategory;
      readonly pid: number;
      readonly tid: number;
      readonly ts: number;
      readonly dur: number;
      readonly args: object;
    }
  | {
      readonly ph: 'M';
      readonly name: string;
      readonly pid: number;
      readonly tid: number;
      readonly args: object;
    };

/** What a stretch of time was. */
export type TraceCategory = 'canister' | 'queued' | 'step' | 'call' | 'compute' | 'settling' | 'prepare';

/** The two groups of rows. */
export const CANISTERS_PROCESS = 1;
export const PLUGINS_PROCESS = 2;

/** A gap after a run that is shorter, in microseconds, is no settling of updates. */
const SETTLING_LEAST = 1_000;

interface OpenCall {
  readonly number: number;
  readonly since: number;
  readonly kind: string;
  readonly method: string;
  readonly target: string;
}

interface OpenStep {
  readonly reference: StepReference;
  readonly label: string;
  readonly since: number;
  call: OpenCall | undefined;
  /** When it was last between calls. */
  computingSince: number;
}

interface Row {
  readonly tid: number;
  /** When the canister was queued. */
  readonly since: number;
  /** Since when it waits for its next step, unless it is in one. */
  idleSince: number;
  step: OpenStep | undefined;
}

/** Turns the events of a sync into trace events, as each stretch ends. Keeps only what is still open. */
export class TraceRecorder {
  readonly #write: (event: TraceEvent) => void;
  readonly #clock: () => number;
  readonly #rows = new Map<string, Row>();
  /** Several plugins may go by one name. */
  readonly #preparing: { readonly plugin: string; readonly tid: number; readonly since: number }[] = [];
  readonly #lanes: boolean[] = [];
  #canisters = 0;

  /** @param clock milliseconds of a clock that never goes back */
  constructor(write: (event: TraceEvent) => void, clock: () => number = () => performance.now()) {
    this.#write = write;
    this.#clock = clock;
    this.#nameProcess(CANISTERS_PROCESS, 'canisters');
    this.#nameProcess(PLUGINS_PROCESS, 'preparation of plugins');
  }

  /** Takes note of an event. */
  event(event: SyncEvent): void {
    const now = this.#now();
    switch (event.type) {
      case 'plugin-preparing':
        this.#preparing.push({ plugin: event.plugin, tid: this.#takeLane(), since: now });
        break;
      case 'plugin-prepared': {
        const { plugin, ok } = event;
        this.#prepared(
          plugin,
          now,
          ok ? { ok, sizeBytes: event.sizeBytes } : { ok, error: event.error.code },
        );
        break;
      }
      case 'canister-queued': {
        this.#canisters += 1;
        const tid = this.#canisters;
        this.#rows.set(event.canister, { tid, since: now, idleSince: now, step: undefined });
        this.#nameRow(CANISTERS_PROCESS, tid, event.canister);
        break;
      }
      case 'step-started':
        this.#stepStarted(event, now);
        break;
      case 'call-started':
        this.#callStarted(event, now);
        break;
      case 'call-ended':
        this.#callEnded(event, event.outcome, now);
        break;
      case 'step-finished': {
        const { ok, error, statistics } = event;
        const result = { ok, ...(error === undefined ? {} : { error: error.code }), ...statistics };
        this.#stepEnded(event.canister, now, result, statistics?.wallMs);
        break;
      }
      case 'canister-finished': {
        const { outcome, error } = event;
        this.#canisterEnded(event.canister, now, {
          outcome,
          ...(error === undefined ? {} : { error: error.code }),
        });
        break;
      }
      default:
    }
  }

  /** Ends whatever is open, as `unfinished`. */
  close(): void {
    const now = this.#now();
    const unfinished = { outcome: 'unfinished' };
    for (const { plugin } of [...this.#preparing]) this.#prepared(plugin, now, unfinished);
    for (const [canister, { step }] of [...this.#rows]) {
      if (step !== undefined) this.#stepEnded(canister, now, unfinished, undefined);
      this.#canisterEnded(canister, now, unfinished);
    }
  }

  #now(): number {
    return Math.round(this.#clock() * 1000);
  }

  #prepared(plugin: string, now: number, result: object): void {
    const index = this.#preparing.findIndex((one) => one.plugin === plugin);
    const [open] = index < 0 ? [] : this.#preparing.splice(index, 1);
    if (open === undefined) return;
    this.#lanes[open.tid - 1] = false;
    this.#stretch('prepare', plugin, { process: PLUGINS_PROCESS, tid: open.tid }, open.since, now, result);
  }

  #stepStarted(
    { canister, canisterId, step, label }: Extract<SyncEvent, { type: 'step-started' }>,
    now: number,
  ) {
    const row = this.#rows.get(canister);
    if (row === undefined) return;
    this.#stretch('queued', 'queued', row, row.idleSince, now, {});
    const reference = { canister, canisterId, step };
    row.step = { reference, label, since: now, call: undefined, computingSince: now };
  }

  #callStarted(event: Extract<SyncEvent, { type: 'call-started' }>, now: number): void {
    const row = this.#rows.get(event.canister);
    if (row?.step === undefined) return;
    const { call: number, kind, method, target } = event;
    this.#computed(row, row.step, now);
    row.step.call = { number, since: now, kind, method, target };
  }

  #callEnded({ canister }: StepReference, outcome: string, now: number): void {
    const row = this.#rows.get(canister);
    const call = row?.step?.call;
    if (row?.step === undefined || call === undefined) return;
    const { number, since, kind, method, target } = call;
    this.#stretch('call', method, row, since, now, { number, kind, target, outcome });
    row.step.call = undefined;
    row.step.computingSince = now;
  }

  #stepEnded(canister: string, now: number, result: object, wallMs: number | undefined): void {
    const row = this.#rows.get(canister);
    if (row?.step === undefined) return;
    const { reference, label, since, call } = row.step;
    if (call !== undefined) this.#callEnded(reference, 'unfinished', now);
    // The run ended before its step did, whose updates are followed to their outcome.
    const runEnd = wallMs === undefined ? now : Math.min(now, since + Math.round(wallMs * 1000));
    const computedUntil = now - runEnd < SETTLING_LEAST ? now : Math.max(runEnd, row.step.computingSince);
    this.#computed(row, row.step, computedUntil);
    if (computedUntil < now) this.#stretch('settling', 'following updates', row, computedUntil, now, {});
    this.#stretch('step', label, row, since, now, { step: reference.step, ...result });
    row.step = undefined;
    row.idleSince = now;
  }

  #canisterEnded(canister: string, now: number, result: object): void {
    const row = this.#rows.get(canister);
    if (row === undefined) return;
    this.#rows.delete(canister);
    if (row.idleSince === row.since) this.#stretch('queued', 'queued', row, row.idleSince, now, {});
    this.#stretch('canister', canister, row, row.since, now, result);
  }

  #computed(row: Row, step: OpenStep, now: number): void {
    if (now > step.computingSince) this.#stretch('compute', 'computing', row, step.computingSince, now, {});
  }

  #stretch(
    cat: TraceCategory,
    name: string,
    { process = CANISTERS_PROCESS, tid }: { readonly process?: number; readonly tid: number },
    since: number,
    until: number,
    args: object,
  ): void {
    this.#write({ ph: 'X', name, cat, pid: process, tid, ts: since, dur: until - since, args });
  }

  /** A row for a preparation: the first that no other is on. */
  #takeLane(): number {
    const free = this.#lanes.indexOf(false);
    const lane = free < 0 ? this.#lanes.length : free;
    if (free < 0) this.#nameRow(PLUGINS_PROCESS, lane + 1, 'preparation');
    this.#lanes[lane] = true;
    return lane + 1;
  }

  #nameProcess(pid: number, name: string): void {
    this.#write({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name } });
    this.#write({ ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } });
  }

  #nameRow(pid: number, tid: number, name: string): void {
    this.#write({ ph: 'M', name: 'thread_name', pid, tid, args: { name } });
    this.#write({ ph: 'M', name: 'thread_sort_index', pid, tid, args: { sort_index: tid } });
  }
}
