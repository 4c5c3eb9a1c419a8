// The pool: takes runs, lets as many go at once as there are threads, keeps the runs of one canister in order.

import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import { SandpoolError } from '../../bridge/errors.js';
import type { RunInput } from '../../bridge/run-input.js';
import { CodeCache } from '../component/cache/code-cache.js';
import { TranslationCache } from '../component/cache/translation-cache.js';
import { PluginStore } from '../component/plugin-store.js';
import type { PluginSource, PreparedPlugin } from '../component/prepared-plugin.js';
import { Admission } from './admission.js';
import { resolveLimits } from './limits.js';
import { optionError } from './option-error.js';
import { ownProperties } from './own-properties.js';
import { type PoolOptions, type ResolvedPoolOptions, resolvePoolOptions } from './pool-options.js';
import { RunSession } from './run-session.js';
import type { RunOptions, RunResult } from './run-types.js';
import { ThreadPool } from './thread-pool.js';
import { threadStart } from './thread-start.js';
import { Watchdog } from './watchdog.js';

/** A pool at one moment. */
export interface PoolStatistics {
  /** Threads that exist. */
  readonly threads: number;
  /** Threads that were told to end and did not. */
  readonly stuckThreads: number;
  /** Runs on a thread, or waiting for one that is starting. */
  readonly running: number;
  /** Runs waiting for their turn. */
  readonly queued: number;
}

/** How {@link SandboxPool.close} ends what is going on. */
export interface CloseOptions {
  /**
   * How long running runs may go on, in milliseconds; 0 ends them at once.
   * @default 30_000
   */
  readonly deadlineMs?: number;
}

const CLOSE_DEADLINE_MS = 30_000;

/**
 * Runs plugins, many at once, each in a sandbox of its own.
 *
 * @example
 * ```ts
 * import { SandboxPool } from 'sandpool';
 *
 * await using pool = await SandboxPool.create({ maxThreads: 32 });
 * const plugin = await pool.prepare({ path: 'plugins/populate.wasm' });
 * const result = await pool.run(plugin, input, { host });
 * if (!result.ok) console.error(result.error.code, result.error.message);
 * ```
 */
export class SandboxPool implements AsyncDisposable {
  readonly #options: ResolvedPoolOptions;
  readonly #plugins: PluginStore;
  readonly #threads: ThreadPool;
  readonly #codes: CodeCache | undefined;
  readonly #watchdog: Watchdog;
  readonly #admission: Admission;
  readonly #orders = new Map<string, PQueue>();
  readonly #sessions = new Set<RunSession>();
  readonly #results = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(options: ResolvedPoolOptions) {
    this.#options = options;
    const { cacheFolder } = options;
    const caches =
      cacheFolder === undefined
        ? undefined
        : { translations: new TranslationCache(cacheFolder), codes: new CodeCache(cacheFolder) };
    this.#codes = caches?.codes;
    this.#plugins = new PluginStore(caches);
    this.#threads = new ThreadPool(options, threadStart(this.#codes));
    this.#watchdog = new Watchdog(options);
    this.#admission = new Admission(options.maxThreads);
  }

  /**
   * Makes a pool.
   * @throws SandpoolError INVALID_OPTION
   */
  static async create(options?: PoolOptions): Promise<SandboxPool> {
    return new SandboxPool(resolvePoolOptions(options));
  }

  /**
   * Finds, checks and compiles a plugin; once for each sha256 as long as the pool lives.
   * @throws SandpoolError of kind `user`, saying what is wrong with the plugin
   */
  async prepare(source: PluginSource): Promise<PreparedPlugin> {
    this.#refuseWhenClosed();
    return this.#plugins.prepare(source);
  }

  /** Lets go of a plugin that was prepared; to run it again, prepare it again. Runs that have it go on. */
  forget(plugin: PreparedPlugin): void {
    this.#plugins.forget(plugin.sha256);
  }

  /**
   * Starts threads ahead of the runs that will need them, up to the pool's maximum. Those that stay idle go again.
   * A pool that is closing starts none.
   */
  warm(threads: number): void {
    if (this.#closing !== undefined) return;
    this.#threads.warm(threads);
  }

  /**
   * Does one run. Whatever the plugin does comes back as a result; only misuse of the pool rejects.
   * @throws SandpoolError INVALID_OPTION, POOL_CLOSED
   */
  async run(plugin: PreparedPlugin, input: RunInput, options: RunOptions): Promise<RunResult> {
    this.#refuseWhenClosed();
    const {
      host,
      onEvent,
      signal,
      limits,
      caller = '',
      orderKey = input.canisterId,
    } = ownProperties(options);
    if (typeof host !== 'object' || host === null)
      throw optionError('host', 'an object of host functions', host);
    const session = new RunSession(
      ownProperties({
        plugin,
        input,
        host,
        limits: resolveLimits(limits, this.#options.limits),
        processMemoryBytes: this.#options.processMemoryBytes,
        onWait: () => this.#admission.waits(),
        ...(onEvent === undefined ? {} : { onEvent }),
      }),
    );
    const cancel = (): void => session.end(cancelled(signal));
    if (signal?.aborted) return session.notRun(cancelled(signal));
    if (signal !== undefined) {
      // One signal for hundreds of runs is what it is for, and no leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', cancel, { once: true });
    }
    this.#sessions.add(session);
    const result = this.#inOrder({ orderKey, caller }, session);
    this.#results.add(result);
    try {
      const ended = await result;
      const outcome = ended.ok ? 'ok' : ended.error.code;
      const { canisterId } = input;
      this.#options.logger?.debug(
        { canisterId, plugin: plugin.sha256, outcome, ...ended.statistics },
        'a run ended',
      );
      return ended;
    } finally {
      this.#results.delete(result);
      this.#sessions.delete(session);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** What the pool is doing now. */
  stats(): PoolStatistics {
    const { running } = this.#admission;
    return {
      threads: this.#threads.size,
      stuckThreads: this.#threads.stuck,
      running,
      queued: this.#sessions.size - running,
    };
  }

  /**
   * Takes no more runs, refuses those still queued, lets running ones finish until the deadline, then ends
   * them, and resolves when every thread has exited. Further calls give the same promise.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options.deadlineMs ?? CLOSE_DEADLINE_MS);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(deadlineMs: number): Promise<void> {
    const closed = new SandpoolError('POOL_CLOSED');
    const written = this.#plugins.close();
    for (const session of this.#sessions) if (!session.running) session.end(closed);
    const deadline = setTimeout(
      () => {
        for (const session of this.#sessions) session.end(closed);
      },
      Math.min(deadlineMs, 2 ** 31 - 1),
    );
    await Promise.allSettled([...this.#results]);
    clearTimeout(deadline);
    await Promise.all([this.#threads.destroy(), this.#watchdog.close(), written]);
    await this.#codes?.complete();
  }

  async #inOrder(
    { orderKey, caller }: { readonly orderKey: string; readonly caller: string },
    session: RunSession,
  ): Promise<RunResult> {
    const order = this.#orders.get(orderKey) ?? new PQueue({ concurrency: 1 });
    this.#orders.set(orderKey, order);
    try {
      const signal = session.abandoned;
      return await order.add(() => this.#admission.run(() => this.#execute(session), { caller, signal }), {
        signal,
      });
    } catch (error) {
      if (!session.abandoned.aborted) throw error;
      return session.notRun(session.abandoned.reason);
    } finally {
      if (order.size === 0 && order.pending === 0) this.#orders.delete(orderKey);
    }
  }

  async #execute(session: RunSession): Promise<RunResult> {
    const unwatch = this.#watchdog.watch(session);
    try {
      return await session.execute(this.#threads);
    } finally {
      unwatch();
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw new SandpoolError('POOL_CLOSED');
  }
}

function cancelled(signal: AbortSignal | undefined): SandpoolError {
  return new SandpoolError('CANCELLED', {}, { cause: signal?.reason });
}
