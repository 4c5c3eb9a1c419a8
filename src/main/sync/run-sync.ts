// A whole sync: checks that every canister is running, then syncs them in parallel, tells what happens as events,
// and ends with a report. Prints nothing.

import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { type CanisterClient, readCanisterStatus } from '../canister/index.js';
import type { RunLimits } from '../pool/limits.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import { printable } from '../project/shown-text.js';
import { syncCanister } from './canister-sync.js';
import { fetchRules, pluginFetcher } from './fetch-plugins.js';
import { type PlannedCanister, pluginsOf, type SyncPlan } from './plan.js';
import { PluginShelf } from './plugin-shelf.js';
import type { PluginFetcher } from './prepare-plugins.js';
import { StepPulse } from './step-pulse.js';
import type { SyncEvent, SyncEventBody } from './sync-events.js';
import { type CanisterReport, type SyncReport, syncReport } from './sync-report.js';
import { beginning, canisterEnding, ending } from './sync-story.js';

/** How a sync is to be done. */
export interface SyncOptions {
  readonly pool: SandboxPool;
  readonly client: CanisterClient;
  /** Ends the sync: nothing more is started, runs are ended, updates under way are followed to their outcome. */
  readonly signal?: AbortSignal;
  /**
   * Canisters at once, at least 1.
   * @default Infinity: as many as the pool has threads
   */
  readonly concurrency?: number;
  /**
   * Whether a canister that fails stops the others: no more are started, and those under way are cancelled.
   * @default 'continue'
   */
  readonly onFailure?: 'continue' | 'stop';
  /** Over the pool's own; a script has only the wall time. */
  readonly limits?: Partial<RunLimits>;
  /**
   * How long updates under way are followed once their run has ended, in milliseconds.
   * @default 30_000
   */
  readonly settleMs?: number;
  /**
   * Gets plugins that are declared by address.
   * @default from public addresses, for a network on this machine from any; nothing is kept on disk
   */
  readonly fetchPlugin?: PluginFetcher;
  readonly onEvent?: (event: SyncEvent) => void;
}

const SETTLE_MS = 30_000;

/**
 * Does a sync. A canister that fails does not stop the others; that one is not running, or its state cannot be
 * told, stops all before anything is done, as icp-cli has it.
 * @returns the report; what goes wrong with a canister is in there
 * @throws SandpoolError INVALID_OPTION
 */
export async function runSync(plan: SyncPlan, options: SyncOptions): Promise<SyncReport> {
  const { concurrency = Number.POSITIVE_INFINITY, onEvent } = options;
  if (!(concurrency >= 1)) {
    throw new SandpoolError('INVALID_OPTION', {
      option: 'concurrency',
      bound: 'at least 1',
      value: concurrency,
    });
  }
  const emit = (event: SyncEventBody): void => onEvent?.({ time: new Date().toISOString(), ...event });
  return new Sync(plan, options, emit).execute(concurrency);
}

class Sync {
  readonly #plan: SyncPlan;
  readonly #options: SyncOptions;
  readonly #emit: (event: SyncEventBody) => void;
  /** Of this sync alone: every run and request listens to it. */
  readonly #abort = new AbortController();
  readonly #signal = this.#abort.signal;
  readonly #shelf: PluginShelf;
  readonly #pulse: StepPulse;

  constructor(plan: SyncPlan, options: SyncOptions, emit: (event: SyncEventBody) => void) {
    this.#plan = plan;
    this.#options = options;
    this.#pulse = new StepPulse(emit);
    this.#emit = (event) => this.#pulse.pass(event);
    setMaxListeners(0, this.#signal);
    this.#shelf = new PluginShelf(
      options.pool,
      options.fetchPlugin ?? pluginFetcher(fetchRules(plan.network)),
      emit,
    );
  }

  async execute(concurrency: number): Promise<SyncReport> {
    const startedAt = performance.now();
    for (const event of beginning(this.#plan, this.#options.client.principal)) this.#emit(event);
    const { signal } = this.#options;
    const cancel = (): void => this.#cancel(signal?.reason);
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    try {
      for (const plugin of pluginsOf(this.#plan)) this.#shelf.get(plugin).catch(() => undefined);
      const reports = (await this.#refusals(concurrency)) ?? (await this.#syncAll(concurrency));
      return this.#summarise(reports, performance.now() - startedAt);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #cancel(reason: unknown): void {
    this.#emit({ type: 'cancelling', reason: printable(describe(reason)) });
    this.#abort.abort(reason);
  }

  /** The reports of a sync that must not begin, because a canister is not running; `undefined` when all are. */
  async #refusals(concurrency: number): Promise<CanisterReport[] | undefined> {
    const { canisters } = this.#plan;
    let unasked = canisters.length;
    const onAsked = (): void => {
      unasked -= 1;
      // Threads start while the network is waited for; earlier, they would take the processor from the asking.
      if (unasked === 0) setImmediate(() => this.#options.pool.warm(Math.min(canisters.length, concurrency)));
    };
    const errors = await Promise.all(canisters.map((canister) => this.#whyNotRunning(canister, onAsked)));
    if (errors.every((error) => error === undefined)) return undefined;
    return canisters.map((canister, index) => this.#notStarted(canister, errors[index]));
  }

  async #whyNotRunning(
    { name, id }: PlannedCanister,
    onSubmitted: () => void,
  ): Promise<SandpoolError | undefined> {
    const { proxyCanisterId } = this.#plan;
    try {
      const status = await readCanisterStatus(this.#options.client, id, {
        proxyCanisterId,
        signal: this.#signal,
        onSubmitted,
      });
      if (status === 'running') return undefined;
      return new SandpoolError('CANISTER_NOT_RUNNING', { canister: `${printable(name)} (${id})`, status });
    } catch (thrown) {
      if (this.#signal.aborted) return new SandpoolError('CANCELLED', {}, { cause: thrown });
      return SandpoolError.from(thrown);
    }
  }

  #notStarted({ name, id }: PlannedCanister, error: SandpoolError | undefined): CanisterReport {
    const outcome = error === undefined ? 'skipped' : error.code === 'CANCELLED' ? 'cancelled' : 'failed';
    return this.#finished({
      name,
      id,
      outcome,
      steps: [],
      durationMs: 0,
      ...(error === undefined ? {} : { error }),
    });
  }

  async #syncAll(concurrency: number): Promise<CanisterReport[]> {
    const { pool, client, limits = {}, settleMs = SETTLE_MS } = this.#options;
    const context = {
      plan: this.#plan,
      pool,
      client,
      shelf: this.#shelf,
      signal: this.#signal,
      limits,
      settleMs,
      emit: this.#emit,
      pulse: this.#pulse,
    };
    const queue = new PQueue({ concurrency });
    const syncOne = async (canister: PlannedCanister): Promise<CanisterReport> =>
      this.#signal.aborted
        ? this.#notStarted(canister, new SandpoolError('CANCELLED'))
        : this.#finished(await syncCanister(canister, context));
    return queue.addAll(this.#plan.canisters.map((canister) => () => syncOne(canister)));
  }

  #finished(report: CanisterReport): CanisterReport {
    const { name, outcome } = report;
    if (outcome === 'failed' && this.#options.onFailure === 'stop' && !this.#signal.aborted) {
      this.#cancel(new Error(`canister ${name} failed`));
    }
    this.#emit(canisterEnding(report));
    return report;
  }

  #summarise(canisters: readonly CanisterReport[], durationMs: number): SyncReport {
    const report = syncReport(
      canisters,
      durationMs,
      this.#options.signal?.aborted ? 'cancelled' : 'finished',
    );
    this.#emit(ending(report));
    return report;
  }
}
