// Says that something is still going on when nothing has been heard of it: a plugin that takes long to prepare, or
// a step that runs and is silent.

import type { RunUsage } from '../pool/run-types.js';
import type { SyncEvent } from '../sync/sync-events.js';
import { bytes, counted, duration } from './units.js';

/** A plugin that takes longer than this to prepare is mentioned. */
const SLOW_PREPARATION_MS = 1_000;

/** Watches the events of a sync for silence. */
export class Heartbeat {
  readonly #say: (canister: string | undefined, text: string) => void;
  /** Several plugins may go by one name. */
  readonly #preparing = new Map<string, NodeJS.Timeout[]>();
  /** The call that each canister is in, if it is in one. */
  readonly #calls = new Map<string, string>();

  constructor(say: (canister: string | undefined, text: string) => void) {
    this.#say = say;
  }

  /** Takes note of an event. */
  event(event: SyncEvent): void {
    switch (event.type) {
      case 'plugin-preparing':
        this.#preparing.set(event.plugin, [
          ...(this.#preparing.get(event.plugin) ?? []),
          setTimeout(() => this.#say(undefined, `preparing ${event.plugin} …`), SLOW_PREPARATION_MS),
        ]);
        break;
      case 'plugin-prepared':
        clearTimeout(this.#preparing.get(event.plugin)?.shift());
        if (event.durationMs > SLOW_PREPARATION_MS && event.ok) {
          this.#say(undefined, `prepared ${event.plugin} in ${duration(event.durationMs)}`);
        }
        break;
      case 'call-started':
        this.#calls.set(event.canister, `${event.kind} ${event.call} ${event.method}`);
        break;
      case 'call-ended':
      case 'step-finished':
        this.#calls.delete(event.canister);
        break;
      case 'step-alive': {
        const { canister, durationMs, usage } = event;
        const call = this.#calls.get(canister);
        const doing =
          call === undefined ? (usage === undefined ? '' : ': computing') : `: waiting on ${call}`;
        const used = usage === undefined ? '' : `; ${usageText(usage)} so far`;
        this.#say(canister, `still running after ${duration(durationMs)}${doing}${used}`);
        break;
      }
      default:
    }
  }

  /** Says no more. Idempotent. */
  close(): void {
    for (const timer of [...this.#preparing.values()].flat()) clearTimeout(timer);
  }
}

/** `9.8 s of compute, 12.0 MiB, 42 calls`. */
export function usageText({ computeMs, memoryBytes, hostCalls }: RunUsage): string {
  return `${duration(computeMs)} of compute, ${bytes(memoryBytes)}, ${counted(hostCalls, 'call')}`;
}
