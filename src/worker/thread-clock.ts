// This thread's CPU clock, as the kernel keeps it, and its kernel thread id, by which the watchdog finds the
// same clock. Only Linux shows them; elsewhere both are unknown.

import { openSync, readlinkSync, readSync } from 'node:fs';

/** The clock of the thread it was made on. */
export class ThreadClock {
  /** The kernel's id of this thread, or 0 where it is unknown. */
  readonly osThreadId: number;
  readonly #fd: number | undefined;
  readonly #text = Buffer.alloc(64);

  constructor() {
    try {
      this.osThreadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
      this.#fd = openSync('/proc/thread-self/schedstat', 'r');
    } catch {
      // No /proc, or one without scheduler statistics: elapsed time is charged instead, and said so.
      this.osThreadId = 0;
    }
  }

  /** CPU time of this thread so far, in nanoseconds; -1 where there is no clock. Resolution about 4 ms. */
  cpuTime(): bigint {
    if (this.#fd === undefined) return -1n;
    const length = readSync(this.#fd, this.#text, 0, this.#text.length, 0);
    return BigInt(this.#text.toString('latin1', 0, length).split(' ', 1)[0] ?? -1);
  }
}
