// The threads: piscina, and the one thing it leaves open, which is when a thread that was told to end has ended.

import { availableParallelism } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { RunOutcome, RunTask } from '../../bridge/messages.js';
import { MainThreadLoad } from './main-thread-load.js';
import type { PoolLogger, ResolvedPoolOptions } from './pool-options.js';

/**
 * The reference host gives plugins 512 KiB of stack, for code that is optimised before it runs. Here a function has
 * a slot for each of its locals until it is: as much as nine times the frame when a hundred of them are used up
 * before a call. Of a larger stack, only what is used takes memory.
 */
const STACK_MB = 8;

/** A thread that has been told to end and has not done so by then is given up on. */
const GIVE_UP_MS = 10_000;

/** Threads that are lost before they are ready, one after another: the next one would be too. */
const MOST_LOST_IN_A_ROW = 5;

const LOOK_AGAIN_MS = 10;

const WORKER_ENTRY = fileURLToPath(new URL('../../threads/guest.cjs', import.meta.url));

/** A task on its way through a thread. */
export interface ThreadTask {
  /** How it ended. Rejects when its thread was lost, or with the reason it was terminated for. */
  readonly outcome: Promise<RunOutcome>;
  /** Ends the task with its thread, or takes it out of the queue. Resolves when the thread has exited. */
  terminate(reason: unknown): Promise<void>;
}

/** The worker threads of one pool. */
export class ThreadPool {
  readonly #piscina: Piscina;
  readonly #maxThreads: number;
  readonly #logger: PoolLogger | undefined;
  readonly #unstarted = new Set<ThreadTask>();
  #stuck = 0;
  #lostInARow = 0;
  /** Threads that are to be there before they are needed. */
  #wanted = 0;
  #warming = 0;
  readonly #load = new MainThreadLoad();
  #isEnding = false;

  constructor(options: ResolvedPoolOptions) {
    this.#maxThreads = options.maxThreads;
    this.#logger = options.logger;
    this.#piscina = new Piscina({
      filename: WORKER_ENTRY,
      minThreads: options.minThreads,
      maxThreads: options.maxThreads,
      idleTimeout: options.idleThreadMs,
      concurrentTasksPerWorker: 1,
      atomics: 'sync',
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: { stackSizeMb: STACK_MB },
      // A guest that spins must not keep the main thread, which serves every other run, from the processor.
      niceIncrement: 10,
      recordTiming: false,
    });
    // A thread that dies before it is ready takes no task with it, so those that wait for it would wait for ever.
    this.#piscina.on('error', (error: unknown) => this.#failUnstarted(error));
    this.#piscina.on('workerCreate', () => {
      this.#lostInARow = 0;
    });
    this.#piscina.on('workerDestroy', () => setImmediate(() => this.#replaceLost()));
  }

  /** Threads that exist, those being started included. */
  get size(): number {
    return this.#piscina.threads.length;
  }

  /** Threads that were told to end and did not. */
  get stuck(): number {
    return this.#stuck;
  }

  /** Sends a task to an idle thread, or to a new one. */
  run(task: RunTask): ThreadTask & { started(): void } {
    this.#wanted = 0;
    const controller = new AbortController();
    const outcome: Promise<RunOutcome> = this.#piscina
      .run(task, { signal: controller.signal, transferList: [task.port] })
      .catch((error: unknown) => {
        throw controller.signal.aborted ? controller.signal.reason : lost(error);
      })
      .finally(() => this.#unstarted.delete(threadTask));
    const threadTask = {
      outcome,
      started: () => void this.#unstarted.delete(threadTask),
      terminate: async (reason: unknown) => {
        const before = this.#piscina.threads;
        controller.abort(reason);
        const after = new Set(this.#piscina.threads);
        await Promise.all(before.filter((thread) => !after.has(thread)).map((thread) => this.#exit(thread)));
      },
    };
    this.#unstarted.add(threadTask);
    return threadTask;
  }

  /**
   * Starts threads until there are `count` or a task needs one, as many at once as there are processors: whoever
   * waits for the network has that many more than who does not. While this thread is busy, so are the processors,
   * and threads that nobody needs yet would only be in its way.
   */
  warm(count: number): void {
    this.#wanted = Math.min(count, this.#maxThreads);
    while (this.#warming < availableParallelism()) {
      this.#warming += 1;
      void this.#warmUp().finally(() => {
        this.#warming -= 1;
      });
    }
  }

  /** One after another. */
  async #warmUp(): Promise<void> {
    while (!this.#isEnding && this.size < this.#wanted) {
      if (this.size >= availableParallelism() && this.#load.isHigh()) await after(LOOK_AGAIN_MS);
      else await this.#startThread();
    }
  }

  /** Resolves when it is ready. What goes wrong with it is told by the pool's error event. */
  async #startThread(): Promise<void> {
    await this.#piscina.run(undefined, { name: 'warm' }).catch(() => undefined);
  }

  /** Ends every thread and resolves when all have exited, or have been given up on. */
  async destroy(): Promise<void> {
    this.#isEnding = true;
    const exited = this.#piscina.threads.map((thread) => this.#exit(thread));
    await Promise.race([this.#piscina.destroy(), Promise.all(exited)]);
  }

  #exit(thread: Worker): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = setTimeout(() => {
        this.#stuck += 1;
        this.#logger?.error({ threadId: thread.threadId }, 'a thread was told to end and has not');
        resolve();
      }, GIVE_UP_MS).unref();
      thread.once('exit', () => {
        clearTimeout(giveUp);
        resolve();
      });
    });
  }

  /** Piscina gives up replacing threads once one was lost before it was ready, whoever waits for it. */
  #replaceLost(): void {
    if (this.#isEnding || this.#unstarted.size === 0 || this.size > 0) return;
    this.#lostInARow += 1;
    if (this.#lostInARow > MOST_LOST_IN_A_ROW)
      this.#failUnstarted(new Error('threads end before they are ready'));
    else void this.#startThread();
  }

  #failUnstarted(error: unknown): void {
    this.#logger?.warn({ err: error }, 'a thread was lost');
    for (const task of [...this.#unstarted]) void task.terminate(lost(error));
  }
}

function lost(error: unknown): SandpoolError {
  return new SandpoolError('WORKER_LOST', { reason: describe(error) }, { cause: error });
}
