// The watchdog's own thread: nothing that keeps the main thread busy delays its look at the clocks. It marks the
// runs that must end, at which those that wait or sleep end by themselves, and tells the main thread, which alone
// can end the threads of the others.

import { parentPort, workerData } from 'node:worker_threads';
import { ControlBlock, EndReason, processClock, RunState } from '../../bridge/control-block.js';
import { computeTime } from './compute-clock.js';
import { ThreadCpuTimes } from './thread-cpu-times.js';
import type { WatchdogOptions, WatchdogOrder, WatchdogReport, WatchOrder } from './watchdog.js';

const TICK_MS = 5;

/** After a run was told to end for the process's memory, the next one is left alone for so long. */
const THREAD_ENDS_MS = 500;
/** After its thread has ended, only for as long as the system takes to have the memory back. */
const MEMORY_RETURNS_MS = 30;

interface Watched extends WatchOrder {
  readonly block: ControlBlock;
}

class WatchdogThread {
  readonly #runs = new Map<number, Watched>();
  readonly #cpuTimes = new ThreadCpuTimes();
  readonly #options: WatchdogOptions;
  readonly #report: (report: WatchdogReport) => void;
  #timer: NodeJS.Timeout | undefined;
  #nextMemoryEndAt = Number.NEGATIVE_INFINITY;

  constructor(options: WatchdogOptions, report: (report: WatchdogReport) => void) {
    this.#options = options;
    this.#report = report;
  }

  take(order: WatchdogOrder): void {
    if (order.type === 'WATCH') {
      this.#runs.set(order.id, { ...order, block: new ControlBlock(order.control) });
      this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
      return;
    }
    const run = this.#runs.get(order.id);
    if (run === undefined) return;
    this.#cpuTimes.forget(run.block.osThreadId);
    this.#runs.delete(order.id);
    if (run.block.endReason === EndReason.processMemory) {
      this.#nextMemoryEndAt = performance.now() + MEMORY_RETURNS_MS;
    }
    if (this.#runs.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    for (const run of this.#runs.values()) this.#look(run);
    if (process.memoryUsage.rss() > this.#options.processMemoryBytes) this.#endLargest();
  }

  #look(run: Watched): void {
    const { block, computeBudgetMs, wallTimeMs } = run;
    const { state } = block;
    if (state === RunState.idle || state === RunState.finished) return;
    // Also for runs that are being ended: they are charged until their threads are gone.
    const cpuTime = this.#cpuTimes.read(block.osThreadId);
    if (cpuTime !== undefined) block.sawCpu(cpuTime);
    if (Number(processClock() - block.startedAt) / 1e6 > wallTimeMs) this.#end(run, EndReason.wallTime);
    // A run that waits for a host call computes nothing; its clock stands still.
    if (state !== RunState.waiting && Number(computeTime(block)) / 1e6 > computeBudgetMs) {
      this.#end(run, EndReason.computeBudget);
    }
  }

  #endLargest(): void {
    if (performance.now() < this.#nextMemoryEndAt) return;
    const candidates = [...this.#runs.values()].filter(
      ({ block }) => !block.expired && block.memoryBytes > 0,
    );
    const [largest] = candidates.sort((a, b) => b.block.memoryBytes - a.block.memoryBytes);
    if (largest === undefined) return;
    this.#nextMemoryEndAt = performance.now() + THREAD_ENDS_MS;
    this.#end(largest, EndReason.processMemory);
  }

  #end({ id, block }: Watched, reason: Exclude<EndReason, typeof EndReason.none>): void {
    if (block.expire(reason)) this.#report({ id });
  }
}

if (parentPort === null) throw new Error('this is to be started as a thread');
const port = parentPort;
const watchdog = new WatchdogThread(workerData as WatchdogOptions, (report) => port.postMessage(report));
port.on('message', (order: WatchdogOrder) => watchdog.take(order));
