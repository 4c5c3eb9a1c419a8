// What the plugins of a sync said, as far as it is worth showing again at its end: all of stderr, and the last lines of
// what was drawn over.

import type { OutputStream } from '../../bridge/messages.js';
import type { SyncEvent } from '../sync/sync-events.js';

/** A line that a plugin printed. */
export interface SpokenLine {
  readonly stream: OutputStream;
  readonly line: string;
}

/** The end of what a step printed. */
export interface LastLines {
  readonly lines: readonly SpokenLine[];
  /** How many there were before them. */
  readonly earlier: number;
}

const LAST_LINES = 10;

/** Keeps lines by canister. */
export class SpokenLines {
  readonly #remarks = new Map<string, string[]>();
  readonly #last = new Map<string, { readonly lines: SpokenLine[]; count: number }>();

  /** Takes note of an event. */
  event(event: SyncEvent): void {
    if (event.type === 'step-started') this.#last.delete(event.canister);
    if (event.type !== 'output') return;
    const { canister, stream, line } = event;
    if (stream === 'stderr') {
      const remarks = this.#remarks.get(canister) ?? [];
      this.#remarks.set(canister, remarks);
      remarks.push(line);
    }
    const last = this.#last.get(canister) ?? { lines: [], count: 0 };
    this.#last.set(canister, last);
    last.count += 1;
    last.lines.push({ stream, line });
    if (last.lines.length > LAST_LINES) last.lines.shift();
  }

  /** What the canister's plugins wrote to stderr. */
  remarks(canister: string): readonly string[] {
    return this.#remarks.get(canister) ?? [];
  }

  /** The last lines of the canister's last step. */
  last(canister: string): LastLines {
    const { lines, count } = this.#last.get(canister) ?? { lines: [], count: 0 };
    return { lines, earlier: count - lines.length };
  }
}
