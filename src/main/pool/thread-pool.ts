// The threads: piscina, and the one thing it leaves open, which is when a thread that was told to end has ended.

import { availableParallelism } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { PluginCode, RunOutcome, RunTask, ThreadStart } from '../../bridge/messages.js';
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

const WORKER_ENTRY = fileURLToPath(new URL('../../threads/thread.cjs', import.meta.url));

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
  /** Those that could take a task, as piscina knows them. */
  readonly #ready = new Set<unknown>();
  /** Tasks that piscina has and that have not ended. */
  #tasks = 0;
  /** Threads that are to be there before they are needed. */
  #wanted = 0;
  #isWarming = false;
  readonly #load = new MainThreadLoad();
  #isEnding = false;
  /** How often, for each plugin. */
  readonly #sentCompiledGlue = new WeakMap<PluginCode, number>();

  /** @param start what each thread is started with */
  constructor(options: ResolvedPoolOptions, start: ThreadStart) {
    this.#maxThreads = options.maxThreads;
    this.#logger = options.logger;
    this.#piscina = new Piscina({
      filename: WORKER_ENTRY,
      workerData: start,
      minThreads: options.minThreads,
      maxThreads: options.maxThreads,
      idleTimeout: options.idleThreadMs,
      concurrentTasksPerWorker: 1,
      atomics: 'sync',
      env: {},
      argv: [],
      execArgv: [],
      resourceLimits: { stackSizeMb: STACK_MB },
      recordTiming: false,
    });
    // A thread that dies before it is ready takes no task with it, so those that wait for it would wait for ever.
    this.#piscina.on('error', (error: unknown) => this.#failUnstarted(error));
    this.#piscina.on('workerCreate', (thread: unknown) => {
      this.#ready.add(thread);
      this.#lostInARow = 0;
    });
    this.#piscina.on('workerDestroy', (thread: unknown) => {
      this.#ready.delete(thread);
      setImmediate(() => this.#replaceLost());
    });
  }

  /** Threads that exist, those being started included. */
  get size(): number {
    return this.#piscina.threads.length;
  }

  /** Threads that were told to end and did not. */
  get stuck(): number {
    return this.#stuck;
  }

  /**
   * Sends a task to an idle thread, or to a new one.
   * @param compiledGlue what the engine compiled of the plugin's glue before
   */
  run(task: RunTask, compiledGlue?: Uint8Array): ThreadTask & { started(): void } {
    this.#wanted = 0;
    const controller = new AbortController();
    const outcome: Promise<RunOutcome> = this.#do(this.#withCompiledGlue(task, compiledGlue), {
      signal: controller.signal,
      transferList: [task.port],
    })
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
    if (this.#isWarming) return;
    this.#isWarming = true;
    void this.#warmUp().finally(() => {
      this.#isWarming = false;
    });
  }

  async #warmUp(): Promise<void> {
    const processors = availableParallelism();
    while (!this.#isEnding && this.size < this.#wanted) {
      if (this.size >= processors && this.#load.isHigh()) await after(LOOK_AGAIN_MS);
      else await this.#startThreads(Math.min(processors, this.#wanted - this.size));
    }
  }

  /** Resolves when they are ready. What goes wrong with them is told by the pool's error event. */
  async #startThreads(count: number): Promise<void> {
    // Idle threads would take a task each: there must be more tasks than those take.
    const idle = Math.max(0, this.#ready.size - this.#tasks);
    const tasks = Array.from({ length: idle + count }, () => this.#do(undefined, { name: 'warm' }));
    await Promise.allSettled(tasks);
  }

  /** A thread needs it once for each plugin. Which thread takes a task is not known, so each may get it. */
  #withCompiledGlue(task: RunTask, compiledGlue: Uint8Array | undefined): RunTask {
    const sent = this.#sentCompiledGlue.get(task.plugin) ?? 0;
    if (compiledGlue === undefined || sent >= this.#maxThreads) return task;
    this.#sentCompiledGlue.set(task.plugin, sent + 1);
    return { ...task, compiledGlue };
  }

  async #do(task: RunTask | undefined, options: Parameters<Piscina['run']>[1]): Promise<RunOutcome> {
    this.#tasks += 1;
    try {
      return await this.#piscina.run(task, options);
    } finally {
      this.#tasks -= 1;
    }
  }

  /** Ends every thread and resolves when all have exited, or have been given up on. */
  async destroy(): Promise<void> {
    this.#isEnding = true;
    const exited = this.#piscina.threads.map((thread) => this.#exit(thread));
    await Promise.race([this.#piscina.destroy(), Promise.all(exited)]);
  }

  #exit(thread: Worker): Promise<void> {
    return new Promise((resolve) => {
      // It also keeps the process, which a thread that piscina takes for idle does not.
      const giveUp = setTimeout(() => {
        this.#stuck += 1;
        this.#logger?.error({ threadId: thread.threadId }, 'a thread was told to end and has not');
        resolve();
      }, GIVE_UP_MS);
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
    else void this.#startThreads(1);
  }

  #failUnstarted(error: unknown): void {
    this.#logger?.warn({ err: error }, 'a thread was lost');
    for (const task of [...this.#unstarted]) void task.terminate(lost(error));
  }
}

function lost(error: unknown): SandpoolError {
  return new SandpoolError('WORKER_LOST', { reason: describe(error) }, { cause: error });
}
