// The CPU clocks of the process's threads, as the kernel keeps them. Linux alone shows them.

import { closeSync, openSync, readSync } from 'node:fs';

/** Reads the CPU time of threads; keeps a descriptor a thread. */
export class ThreadCpuTimes {
  readonly #descriptors = new Map<number, number>();
  readonly #text = Buffer.alloc(64);

  /** CPU time of thread `osThreadId` in nanoseconds, or undefined when it has ended or the platform does not tell. */
  read(osThreadId: number): bigint | undefined {
    try {
      const fd = this.#descriptors.get(osThreadId) ?? this.#open(osThreadId);
      const length = readSync(fd, this.#text, 0, this.#text.length, 0);
      return BigInt(this.#text.toString('latin1', 0, length).split(' ', 1)[0] ?? '');
    } catch {
      // The thread is gone: its last reading stands.
      this.forget(osThreadId);
      return undefined;
    }
  }

  /** Lets go of a thread that has ended; the kernel may give its id to another. */
  forget(osThreadId: number): void {
    const fd = this.#descriptors.get(osThreadId);
    if (fd === undefined) return;
    this.#descriptors.delete(osThreadId);
    closeSync(fd);
  }

  #open(osThreadId: number): number {
    const fd = openSync(`/proc/self/task/${osThreadId}/schedstat`, 'r');
    this.#descriptors.set(osThreadId, fd);
    return fd;
  }
}
