// Lines of output on their way to the main thread: as they happen, unless a guest floods. A message a line
// would let a guest that prints newlines swamp the main thread, so beyond a burst they go in batches.

import type { MessagePort } from 'node:worker_threads';
import type { OutputStream, RunNotice } from '../bridge/messages.js';

const BURST_MESSAGES = 256;
const REFILL_MS = 2;

/** Sends lines in order; call `flush()` before anything that must come after them. */
export class OutputNotices {
  readonly #port: MessagePort;
  readonly #held: { stream: OutputStream; lines: string[] }[] = [];
  #credit = BURST_MESSAGES;
  #refilledAt = performance.now();

  constructor(port: MessagePort) {
    this.#port = port;
  }

  line(stream: OutputStream, line: string): void {
    const last = this.#held.at(-1);
    if (last?.stream === stream) last.lines.push(line);
    else this.#held.push({ stream, lines: [line] });
    if (this.#takeCredit()) this.flush();
  }

  flush(): void {
    if (this.#held.length === 0) return;
    // One message, however often the streams take turns in it.
    this.#port.postMessage({ type: 'OUTPUT', output: this.#held.splice(0) } satisfies RunNotice);
  }

  #takeCredit(): boolean {
    const now = performance.now();
    const refill = Math.floor((now - this.#refilledAt) / REFILL_MS);
    if (refill > 0) {
      this.#credit = Math.min(BURST_MESSAGES, this.#credit + refill);
      this.#refilledAt = now;
    }
    if (this.#credit === 0) return false;
    this.#credit -= 1;
    return true;
  }
}
