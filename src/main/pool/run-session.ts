// One run, as the main thread sees it: its control block and port, its host calls, its events, and the one
// reason it ends for.

import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { cleanText } from '../../bridge/clean-text.js';
import { ControlBlock, EndReason, processClock } from '../../bridge/control-block.js';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { exposeToWorker } from '../../bridge/host-endpoint.js';
import type { OutputLines, RunNotice, RunOutcome, RunTask } from '../../bridge/messages.js';
import type { RunInput } from '../../bridge/run-input.js';
import type { PreparedPlugin } from '../component/prepared-plugin.js';
import { clockKind, computeTime, sleepingTime, waitingTime } from './compute-clock.js';
import { gateHost, HOST_METHODS, type HostTraffic } from './host-gate.js';
import { ALLOCATION_BYTES, type RunLimits } from './limits.js';
import type { RunEvent, RunOptions, RunResult, RunStatistics, RunUsage } from './run-types.js';
import type { ThreadPool, ThreadTask } from './thread-pool.js';
import { type WatchedRun, watchdogError } from './watchdog.js';

/** What a session is made from. */
export interface RunSessionOptions extends Pick<RunOptions, 'host' | 'onEvent'> {
  readonly plugin: PreparedPlugin;
  readonly input: RunInput;
  readonly limits: RunLimits;
  /** What the process may use, for the error of a run that is ended for it. */
  readonly processMemoryBytes: number;
  /** Called when it begins to wait for its host; what it gives back is called when it waits no longer. */
  readonly onWait: () => () => void;
}

/** A run from being asked for to its result. Used once. */
export class RunSession implements WatchedRun {
  readonly control = new ControlBlock();
  readonly limits: RunLimits;
  readonly #options: RunSessionOptions;
  readonly #askedAt = processClock();
  readonly #abandoned = new AbortController();
  readonly #over = new AbortController();
  readonly #traffic: HostTraffic = { hostCalls: 0, bytesSent: 0, bytesReceived: 0 };
  #task: ReturnType<ThreadPool['run']> | undefined;
  #exited: Promise<void> | undefined;
  #endedBy: SandpoolError | undefined;
  #endedAt: bigint | undefined;

  constructor(options: RunSessionOptions) {
    this.#options = options;
    this.limits = options.limits;
  }

  /** Whether it has a thread, or is being given one. */
  get running(): boolean {
    return this.#task !== undefined;
  }

  /** Aborts when the run ends before it has a thread. */
  get abandoned(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Ends the run for `error`, unless it has ended already: the first reason is the one that is told. */
  end(error: SandpoolError): void {
    if (this.#endedBy !== undefined || this.#over.signal.aborted) return;
    this.#endedBy = error;
    this.#endedAt = processClock();
    this.control.expire(EndReason.told);
    if (this.#task === undefined) this.#abandoned.abort(error);
    else this.#exited = this.#task.terminate(error);
  }

  /** Ends the run for what the watchdog marked it for. */
  expire(): void {
    const error = this.#watchdogError();
    if (error !== undefined) this.end(error);
  }

  /** Does the run on a thread of `threads`. Resolves when its thread is free again, or gone. */
  async execute(threads: ThreadPool): Promise<RunResult> {
    const { port1: port, port2: workerPort } = new MessageChannel();
    const close = exposeToWorker(this.#gatedHost(), {
      port,
      control: this.control,
      methods: HOST_METHODS,
      onNotice: (message) => this.#notice(message),
      onViolation: (problem) => this.end(new SandpoolError('INTERNAL', { reason: problem })),
    });
    try {
      this.#task = threads.run(this.#runTask(workerPort), this.#options.plugin.compiledGlue);
      const outcome = await settled(this.#task);
      this.#drain(port);
      await this.#exited;
      return this.#result(outcome);
    } finally {
      this.#over.abort();
      close();
    }
  }

  /** The result of a run that never got a thread. */
  notRun(error: SandpoolError): RunResult {
    return this.#failed(error);
  }

  #gatedHost(): ReturnType<typeof gateHost> {
    return gateHost({
      host: this.#options.host,
      limits: this.limits,
      signal: this.#over.signal,
      traffic: this.#traffic,
      onWait: this.#options.onWait,
      end: (error) => this.end(error),
    });
  }

  #runTask(port: MessagePort): RunTask {
    const { outputBytes, argumentBytes, handles, memoryBytes, tableElements } = this.limits;
    return {
      plugin: this.#options.plugin.code,
      input: this.#options.input,
      limits: {
        outputBytes,
        argumentBytes,
        handles,
        allocationBytes: ALLOCATION_BYTES,
        memoryBytes,
        tableElements,
      },
      control: this.control.buffer,
      port,
    };
  }

  #result(outcome: RunOutcome | Error): RunResult {
    if (outcome instanceof Error) return this.#failed(this.#endedBy ?? SandpoolError.from(outcome));
    // A run that came to its end while it was being ended has come to its end all the same.
    if (outcome.error === undefined) return { ok: true, statistics: this.#statistics() };
    const error = SandpoolError.fromWire(outcome.error);
    if (error.code !== 'CANCELLED') return this.#failed(error);
    // The worker may see the watchdog's mark before this thread hears of it.
    return this.#failed(this.#endedBy ?? this.#watchdogError() ?? error);
  }

  #watchdogError(): SandpoolError | undefined {
    return watchdogError(this, this.#options.processMemoryBytes);
  }

  #failed(error: SandpoolError): RunResult {
    return { ok: false, error, statistics: this.#statistics() };
  }

  #usage(): RunUsage {
    const { computeMs, waitingMs, sleepingMs, wallMs, hostCalls, peakMemoryBytes } = this.#statistics();
    return { computeMs, waitingMs, sleepingMs, wallMs, hostCalls, memoryBytes: peakMemoryBytes };
  }

  #statistics(): RunStatistics {
    const { control } = this;
    const now = processClock();
    // A thread that was ended in the middle of a wait or a sleep has not said that it is over.
    const endedAt = this.#endedAt ?? now;
    const startedAt = control.startedAt === 0n ? now : control.startedAt;
    return {
      queuedMs: milliseconds(startedAt - this.#askedAt),
      computeMs: milliseconds(computeTime(control, endedAt)),
      waitingMs: milliseconds(waitingTime(control, endedAt)),
      sleepingMs: milliseconds(sleepingTime(control, endedAt)),
      wallMs: milliseconds(now - startedAt),
      ...this.#traffic,
      peakMemoryBytes: control.memoryBytes,
      clock: clockKind(control),
    };
  }

  /** Takes what the worker sent before it was done and the event loop has not brought yet. */
  #drain(port: MessagePort): void {
    for (;;) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) return;
      this.#notice(received.message);
    }
  }

  #notice(message: unknown): boolean {
    const notice = message as RunNotice | null;
    if (notice?.type === 'STARTED') {
      this.#task?.started();
      this.#emit({ type: 'started', usage: () => this.#usage() });
      return true;
    }
    if (notice?.type !== 'OUTPUT' || !Array.isArray(notice.output)) return false;
    return notice.output.every((part) => this.#output(part));
  }

  #output(part: OutputLines | null | undefined): boolean {
    if (part?.stream !== 'stdout' && part?.stream !== 'stderr') return false;
    if (!Array.isArray(part.lines)) return false;
    for (const line of part.lines) {
      this.#emit({
        type: 'output',
        stream: part.stream,
        line: cleanText(String(line), this.limits.outputBytes),
      });
    }
    return true;
  }

  #emit(event: RunEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.end(
        new SandpoolError('INTERNAL', { reason: `onEvent threw: ${describe(error)}` }, { cause: error }),
      );
    }
  }
}

async function settled(task: ThreadTask): Promise<RunOutcome | Error> {
  try {
    return await task.outcome;
  } catch (error) {
    return error instanceof Error ? error : new Error(describe(error));
  }
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1000n) / 1000;
}
