// Says that something is still going on when nothing has been heard of it: a plugin that takes long to prepare, or
// one that runs and is silent.

import type { SyncEvent } from '../sync/sync-events.js';
import { duration } from './units.js';

/** A plugin that takes longer than this to prepare is mentioned. */
const SLOW_PREPARATION_MS = 1_000;
/** After so long without a sign, a plugin that runs is mentioned, and again after as long. */
const SILENCE_MS = 10_000;

interface Running {
  readonly startedAt: number;
  timer: NodeJS.Timeout;
  /** The call it is in, if it is in one. */
  call: string | undefined;
}

/** Watches the events of a sync for silence. */
export class Heartbeat {
  readonly #say: (canister: string | undefined, text: string) => void;
  readonly #preparing = new Map<string, NodeJS.Timeout>();
  readonly #running = new Map<string, Running>();

  constructor(say: (canister: string | undefined, text: string) => void) {
    this.#say = say;
  }

  /** Takes note of an event. */
  event(event: SyncEvent): void {
    switch (event.type) {
      case 'plugin-preparing':
        this.#preparing.set(
          event.plugin,
          setTimeout(() => this.#say(undefined, `preparing ${event.plugin} …`), SLOW_PREPARATION_MS),
        );
        break;
      case 'plugin-prepared':
        clearTimeout(this.#preparing.get(event.plugin));
        if (event.durationMs > SLOW_PREPARATION_MS && event.ok) {
          this.#say(undefined, `prepared ${event.plugin} in ${duration(event.durationMs)}`);
        }
        break;
      case 'step-started':
        this.#running.set(event.canister, {
          startedAt: performance.now(),
          timer: this.#silence(event.canister),
          call: undefined,
        });
        break;
      case 'call-started':
        this.#sign(event.canister, `${event.kind} ${event.method}`);
        break;
      case 'call-ended':
      case 'output':
        this.#sign(event.canister, undefined);
        break;
      case 'step-finished':
        clearTimeout(this.#running.get(event.canister)?.timer);
        this.#running.delete(event.canister);
        break;
      default:
    }
  }

  /** Says no more. Idempotent. */
  close(): void {
    for (const timer of this.#preparing.values()) clearTimeout(timer);
    for (const { timer } of this.#running.values()) clearTimeout(timer);
  }

  #sign(canister: string, call: string | undefined): void {
    const running = this.#running.get(canister);
    if (running === undefined) return;
    clearTimeout(running.timer);
    running.timer = this.#silence(canister);
    running.call = call;
  }

  #silence(canister: string): NodeJS.Timeout {
    return setTimeout(() => {
      const running = this.#running.get(canister);
      if (running === undefined) return;
      const doing = running.call === undefined ? 'computing' : `waiting for ${running.call}`;
      this.#say(
        canister,
        `still running, ${duration(performance.now() - running.startedAt)} so far: ${doing}`,
      );
      running.timer = this.#silence(canister);
    }, SILENCE_MS);
  }
}
