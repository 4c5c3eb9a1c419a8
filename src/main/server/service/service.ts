// The service as a whole, without its HTTP side: what it keeps, the pool, and everything between them; opened, put to
// work, and ended in order.

import { join } from 'node:path';
import type { Logger } from 'pino';
import { SandpoolError } from '../../../bridge/errors.js';
import type { HostCallEndEvent } from '../../canister/index.js';
import { SandboxPool } from '../../pool/sandbox-pool.js';
import { Grant } from '../access/index.js';
import type { OpenIdentity, ServiceConfiguration } from '../config/index.js';
import { BundleStore, ContentStore } from '../content/index.js';
import { openStore, type Run, type Store, type Token } from '../store/index.js';
import { Dispatcher } from './dispatcher.js';
import { NetworkClients } from './network-clients.js';
import { PluginLibrary } from './plugin-library.js';
import { RunExecutor, type RunOutcome } from './run-executor.js';
import { isPrivate } from './shown-error.js';

/** What a service is opened with. */
export interface ServiceOptions {
  readonly configuration: ServiceConfiguration;
  readonly identities: ReadonlyMap<string, OpenIdentity>;
  readonly logger: Logger;
}

/** Is told of runs as they start and end. */
export interface RunObserver {
  started(run: Run): void;
  /** A host call of one has ended. */
  called(call: HostCallEndEvent): void;
  ended(run: Run, outcome: RunOutcome): void;
}

const SWEEP_MS = 10 * 60_000;
/** A bundle that no run names is kept as long as it may take to make one. */
const UNUSED_BUNDLE_MS = 24 * 60 * 60_000;

/** A running service. */
export class Service implements AsyncDisposable {
  readonly configuration: ServiceConfiguration;
  readonly identities: ReadonlyMap<string, OpenIdentity>;
  readonly logger: Logger;
  readonly store: Store;
  readonly pool: SandboxPool;
  readonly plugins: PluginLibrary;
  readonly bundles: BundleStore;
  readonly dispatcher: Dispatcher;
  /** Told of every run. */
  readonly observers = new Set<RunObserver>();
  readonly #clients: NetworkClients;
  readonly #closing = new AbortController();
  readonly #sweeper: NodeJS.Timeout;
  #drained: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  private constructor(
    { configuration, identities, logger }: ServiceOptions,
    parts: { store: Store; contents: ContentStore; bundles: BundleStore; pool: SandboxPool },
  ) {
    const { store, contents, bundles, pool } = parts;
    const { networks, uploads, concurrency } = configuration;
    this.configuration = configuration;
    this.identities = identities;
    this.logger = logger;
    this.store = store;
    this.pool = pool;
    this.bundles = bundles;
    this.plugins = new PluginLibrary({ store, contents, pool, maximumBytes: uploads.pluginBytes });
    const surroundings = { networks, identities };
    this.#clients = new NetworkClients(surroundings, concurrency);
    const onFailure = (error: SandpoolError, run?: Run): void => this.#warn(error, run);
    this.dispatcher = new Dispatcher({
      store,
      concurrency,
      executor: new RunExecutor({
        store,
        pool,
        bundles,
        surroundings,
        plugins: this.plugins,
        clients: this.#clients,
        onCallEnd: (call) => {
          for (const observer of this.observers) observer.called(call);
        },
        grantOf: (tokenId) => this.#grantOf(tokenId),
        onFailure,
      }),
      onStarted: (run) => this.#onStarted(run),
      onEnded: (run, outcome) => this.#onEnded(run, outcome),
      onFailure,
    });
    this.#sweeper = setInterval(() => void this.#sweep(), SWEEP_MS).unref();
  }

  /**
   * Opens what the service keeps, and says what an earlier process left. Nothing runs yet.
   * @throws SandpoolError as `openStore`, `ContentStore.open`, `BundleStore.open` and `SandboxPool.create` do
   */
  static async open(options: ServiceOptions): Promise<Service> {
    const { configuration, logger } = options;
    const { dataFolder, storeFile, cacheFolder, concurrency: maxThreads, limits, uploads } = configuration;
    const store = openStore({
      file: storeFile,
      onFailure: (error) => logger.error({ err: error, code: error.code }, 'events could not be written'),
    });
    try {
      const { totalBytes, bundleEntries: entries, unpackedBytes } = uploads;
      const contents = await ContentStore.open(join(dataFolder, 'plugins'), { totalBytes });
      const bundles = await BundleStore.open(dataFolder, { totalBytes, limits: { entries, unpackedBytes } });
      // What was stored, and then the process ended before it was known of.
      for (const { sha256 } of await contents.list()) {
        if (store.plugins.find(sha256) === undefined) await contents.delete(sha256);
      }
      for (const { id } of bundles.list()) if (store.bundles.find(id) === undefined) await bundles.delete(id);
      const pool = await SandboxPool.create({
        maxThreads,
        limits,
        logger,
        ...(cacheFolder === undefined ? {} : { cacheFolder }),
      });
      const service = new Service(options, { store, contents, bundles, pool });
      service.#sayWhatWasLeft();
      return service;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Aborts when the service is being ended. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Takes up what is queued. */
  start(): void {
    this.dispatcher.start();
    void this.#sweep();
  }

  /** What a token may reach under this configuration. */
  grant(token: Token): Grant {
    return new Grant(token, this.configuration);
  }

  /** @throws SandpoolError SERVICE_CLOSING */
  requireOpen(): void {
    if (this.#closing.signal.aborted) throw new SandpoolError('SERVICE_CLOSING');
  }

  /**
   * Takes no more work, lets what is under way finish until the deadline, and cancels it then. What waits stays in the
   * store for the next process. Resolves when nothing is under way; further calls give the same promise.
   */
  drain(deadlineMs: number = this.configuration.shutdown.deadlineMs): Promise<void> {
    this.#drained ??= this.#drain(deadlineMs);
    return this.#drained;
  }

  /** Drains, and gives everything up. Further calls give the same promise. */
  close(deadlineMs?: number): Promise<void> {
    this.#closed ??= this.#close(deadlineMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drain(deadlineMs: number): Promise<void> {
    const { running, waiting } = this.dispatcher.counts;
    this.logger.info(
      { running, waiting, deadlineMs },
      'ending: what is under way may finish until the deadline',
    );
    this.#closing.abort(new SandpoolError('SERVICE_CLOSING'));
    clearInterval(this.#sweeper);
    await this.dispatcher.close(deadlineMs);
    this.store.eventWriter.flush();
  }

  async #close(deadlineMs: number | undefined): Promise<void> {
    await this.drain(deadlineMs);
    await this.pool.close({ deadlineMs: 0 });
    await this.#clients.close();
    await this.store.close();
  }

  #grantOf(tokenId: string): Grant {
    const token = this.store.tokens.find(tokenId);
    if (token === undefined || token.revokedAtMs !== undefined) throw new SandpoolError('UNAUTHENTICATED');
    return this.grant(token);
  }

  #onStarted(run: Run): void {
    this.logger.info({ ...idsOf(run), canister: run.canisterId }, 'a run started');
    for (const observer of this.observers) observer.started(run);
  }

  #onEnded(run: Run, outcome: RunOutcome): void {
    const { state, report } = outcome;
    const code = report.error === undefined ? {} : { code: report.error.code };
    // Clients are not told the words of such an error.
    const unsaid = report.error !== undefined && isPrivate(report.error) ? { err: report.error } : {};
    this.logger.info({ ...idsOf(run), state, ...code, ...unsaid, ...report.statistics }, 'a run ended');
    for (const observer of this.observers) observer.ended(run, outcome);
  }

  #warn(error: SandpoolError, run: Run | undefined): void {
    const ids = run === undefined ? {} : idsOf(run);
    this.logger.error({ ...ids, code: error.code, err: error }, 'what a run did could not be written');
  }

  #sayWhatWasLeft(): void {
    const { interruptedRunIds, unknownUpdates, queuedRuns } = this.store.recovery;
    if (interruptedRunIds.length === 0 && queuedRuns === 0) return;
    this.logger.warn(
      { interrupted: interruptedRunIds.length, unknownUpdates, queued: queuedRuns },
      'an earlier process left runs: what was under way is interrupted, what was queued goes on',
    );
  }

  async #sweep(): Promise<void> {
    try {
      const { runs, batches, events, auditEntries } = await this.store.retention.sweep(
        this.configuration.retention,
      );
      const before = Date.now() - UNUSED_BUNDLE_MS;
      let bundles = 0;
      for (const { sha256 } of this.store.bundles.unused(before)) {
        this.store.bundles.remove(sha256);
        await this.bundles.delete(sha256);
        bundles += 1;
      }
      if (runs + batches + bundles > 0) {
        this.logger.info({ runs, batches, events, auditEntries, bundles }, 'removed what is kept no longer');
      }
    } catch (thrown) {
      const error = SandpoolError.from(thrown);
      if (!this.closing.aborted) this.logger.error({ code: error.code, err: error }, 'the sweep failed');
    }
  }
}

/** What every line of the log about a run has. */
function idsOf({ id, batchId }: Run): { readonly run: string; readonly batch?: string } {
  return { run: id, ...(batchId === undefined ? {} : { batch: batchId }) };
}
