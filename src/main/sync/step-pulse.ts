// Says of steps that nothing is heard of that they are alive, and what they use. Every event of a sync passes through
// here, and each one of a step is a sign of life.

import type { RunUsage } from '../pool/run-types.js';
import type { StepReference, SyncEventBody } from './sync-events.js';

/** After so long without a sign, a step is asked about, and again after as long. */
const SILENCE_MS = 10_000;

interface LivingStep {
  readonly startedAt: number;
  readonly timer: NodeJS.Timeout;
  /** The host call it is in, if it is in one. */
  call: number | undefined;
  usage: (() => RunUsage) | undefined;
}

/** Watches the steps of a sync. A canister has one at a time. */
export class StepPulse {
  readonly #emit: (event: SyncEventBody) => void;
  readonly #steps = new Map<string, LivingStep>();

  constructor(emit: (event: SyncEventBody) => void) {
    this.#emit = emit;
  }

  /** Takes note of an event, and passes it on. */
  pass(event: SyncEventBody): void {
    switch (event.type) {
      case 'step-started':
        this.#begin(event);
        break;
      case 'call-started':
        this.#sign(event.canister, event.call);
        break;
      case 'call-ended':
      case 'output':
        this.#sign(event.canister, undefined);
        break;
      case 'step-finished':
        clearTimeout(this.#steps.get(event.canister)?.timer);
        this.#steps.delete(event.canister);
        break;
      default:
    }
    this.#emit(event);
  }

  /** From now on the canister's present step can be asked what it uses. */
  ask({ canister }: StepReference, usage: () => RunUsage): void {
    const step = this.#steps.get(canister);
    if (step !== undefined) step.usage = usage;
  }

  #begin({ canister, canisterId, step }: StepReference): void {
    const startedAt = performance.now();
    const reference = { canister, canisterId, step };
    const timer = setTimeout(() => this.#tell(reference), SILENCE_MS).unref();
    this.#steps.set(canister, { startedAt, timer, call: undefined, usage: undefined });
  }

  #sign(canister: string, call: number | undefined): void {
    const step = this.#steps.get(canister);
    if (step === undefined) return;
    step.call = call;
    step.timer.refresh();
  }

  #tell(reference: StepReference): void {
    const step = this.#steps.get(reference.canister);
    if (step === undefined) return;
    const { startedAt, call, usage, timer } = step;
    timer.refresh();
    this.#emit({
      type: 'step-alive',
      ...reference,
      durationMs: performance.now() - startedAt,
      ...(call === undefined ? {} : { call }),
      ...(usage === undefined ? {} : { usage: usage() }),
    });
  }
}
