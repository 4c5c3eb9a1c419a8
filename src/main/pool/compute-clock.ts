// How long a run has computed, read from outside its thread.

import { closeSync, openSync, readSync } from 'node:fs';
import { type ControlBlock, processClock, RunState } from '../../bridge/control-block.js';
import type { ComputeClockKind } from './run-types.js';

/** Reads the CPU time of the process's threads from the kernel; keeps a descriptor a thread. */
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

  close(): void {
    for (const osThreadId of [...this.#descriptors.keys()]) this.forget(osThreadId);
  }

  #open(osThreadId: number): number {
    const fd = openSync(`/proc/self/task/${osThreadId}/schedstat`, 'r');
    this.#descriptors.set(osThreadId, fd);
    return fd;
  }
}

/** The compute time of one run, charged as its limits say. Never goes backwards. */
export class ComputeClock {
  readonly #control: ControlBlock;
  readonly #threads: ThreadCpuTimes;
  #lastCpu = 0n;

  constructor(control: ControlBlock, threads: ThreadCpuTimes) {
    this.#control = control;
    this.#threads = threads;
  }

  get kind(): ComputeClockKind {
    return this.#control.cpuAtStart < 0n ? 'elapsed' : 'thread-cpu';
  }

  /** Nanoseconds charged so far. */
  computed(): bigint {
    const control = this.#control;
    const { state } = control;
    if (state === RunState.idle) return 0n;
    const inState = processClock() - control.stateSince;
    if (control.cpuAtStart < 0n) {
      const waiting = control.waited + (state === RunState.waiting ? inState : 0n);
      return processClock() - control.startedAt - waiting;
    }
    return this.#cpu() + control.slept + (state === RunState.sleeping ? inState : 0n);
  }

  /** Takes the worker's own, last reading, in nanoseconds of CPU time. */
  settle(cpu: bigint): void {
    if (cpu > this.#lastCpu) this.#lastCpu = cpu;
  }

  #cpu(): bigint {
    const { osThreadId, cpuAtStart } = this.#control;
    const now = this.#threads.read(osThreadId);
    if (now !== undefined) this.settle(now - cpuAtStart);
    return this.#lastCpu;
  }
}
