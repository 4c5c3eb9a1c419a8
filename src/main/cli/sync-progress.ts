// Where a sync is at a moment: which canisters run and what they do, which wait, and how many are done. Draws nothing,
// and costs the same for every event, however many canisters there are.

import type { StepDescription, SyncEvent } from '../sync/sync-events.js';
import { usageText } from './heartbeat.js';
import { widthOf } from './text-width.js';

/** A host call that a canister waits for. */
export interface PresentCall {
  readonly number: number;
  readonly kind: string;
  readonly method: string;
  readonly since: number;
}

/** A canister that is not done. */
export interface CanisterProgress {
  readonly name: string;
  readonly steps: readonly StepDescription[];
  /** The step it is in, from 1; 0 before the first. */
  readonly step: number;
  /** `idle`: it waits for its turn. */
  readonly state: 'idle' | 'running';
  /** When its first step began. */
  readonly startedAt: number | undefined;
  readonly call: PresentCall | undefined;
  /** What it printed last, or what it used when it was last asked. */
  readonly lastLine: string;
}

type Mutable = { -readonly [Key in keyof CanisterProgress]: CanisterProgress[Key] };

/** Follows the events of a sync. */
export class SyncProgress {
  readonly #clock: () => number;
  readonly #waiting = new Map<string, Mutable>();
  readonly #running = new Map<string, Mutable>();
  /** How many preparations there are of the plugins of each name. */
  readonly #preparing = new Map<string, number>();
  #startedAt: number;
  #total = 0;
  #nameWidth = 0;
  #done = 0;
  #failed = 0;
  #calls = 0;
  #begun = false;
  #ending = false;

  /** @param clock milliseconds of a clock that never goes back */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#startedAt = clock();
  }

  /** How many canisters there are altogether. */
  get total(): number {
    return this.#total;
  }

  /** Columns that the longest name takes. */
  get nameWidth(): number {
    return this.#nameWidth;
  }

  /** How many are done, however they ended. */
  get done(): number {
    return this.#done;
  }

  /** How many of those failed. */
  get failed(): number {
    return this.#failed;
  }

  /** How many host calls have been made. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether a step has begun, of any canister. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Whether nothing more is started. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Milliseconds since the plan. */
  get elapsedMs(): number {
    return this.#clock() - this.#startedAt;
  }

  /** Now, by the clock that the times here are from. */
  get now(): number {
    return this.#clock();
  }

  /** Canisters that have begun, those that run longest first. */
  get running(): ReadonlyMap<string, CanisterProgress> {
    return this.#running;
  }

  /** Canisters that have not begun, in the order of the plan. */
  get waiting(): ReadonlyMap<string, CanisterProgress> {
    return this.#waiting;
  }

  /** Whether a plugin of the canister is being prepared. */
  isPreparing({ steps }: CanisterProgress): boolean {
    return steps.some(({ kind, label }) => kind === 'plugin' && (this.#preparing.get(label) ?? 0) > 0);
  }

  /** Takes note of an event. */
  event(event: SyncEvent): void {
    switch (event.type) {
      case 'plan':
        this.#plan(event);
        break;
      case 'plugin-preparing':
        this.#preparing.set(event.plugin, (this.#preparing.get(event.plugin) ?? 0) + 1);
        break;
      case 'plugin-prepared':
        this.#preparing.set(event.plugin, (this.#preparing.get(event.plugin) ?? 1) - 1);
        break;
      case 'cancelling':
        this.#ending = true;
        break;
      case 'canister-finished':
        this.#done += 1;
        if (event.outcome === 'failed') this.#failed += 1;
        this.#waiting.delete(event.canister);
        this.#running.delete(event.canister);
        break;
      default:
        if ('step' in event) this.#stepEvent(event);
    }
  }

  #plan({ canisters }: Extract<SyncEvent, { type: 'plan' }>): void {
    this.#startedAt = this.#clock();
    this.#total = canisters.length;
    this.#nameWidth = Math.max(0, ...canisters.map(({ canister }) => widthOf(canister)));
    for (const { canister: name, steps } of canisters) {
      const waiting: Mutable = {
        name,
        steps,
        step: 0,
        state: 'idle',
        startedAt: undefined,
        call: undefined,
        lastLine: '',
      };
      this.#waiting.set(name, waiting);
    }
  }

  #stepEvent(event: Extract<SyncEvent, { step: number }>): void {
    const { canister: name } = event;
    const canister = this.#running.get(name) ?? this.#waiting.get(name);
    if (canister === undefined) return;
    switch (event.type) {
      case 'step-started':
        this.#begun = true;
        canister.step = event.step;
        canister.state = 'running';
        canister.startedAt ??= this.#clock();
        this.#waiting.delete(name);
        this.#running.set(name, canister);
        break;
      case 'call-started': {
        const { call: number, kind, method } = event;
        this.#calls += 1;
        canister.call = { number, kind, method, since: this.#clock() };
        break;
      }
      case 'call-ended':
        canister.call = undefined;
        break;
      case 'output':
        canister.lastLine = event.line;
        break;
      case 'step-alive':
        if (event.usage !== undefined) canister.lastLine = usageText(event.usage);
        break;
      case 'step-finished':
        canister.call = undefined;
        canister.state = 'idle';
        break;
      default:
    }
  }
}
