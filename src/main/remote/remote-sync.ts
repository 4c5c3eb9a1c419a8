// A whole sync on a service, told and reported as one that is done here. Everything that steps declare is found and sent
// before anything is run; then the first steps of all canisters are run, then the second steps of those whose first
// succeeded, and so on.

import { setMaxListeners } from 'node:events';
import { describe, SandpoolError } from '../../bridge/errors.js';
import type { ServiceClient } from '../client/index.js';
import type { RunLimits } from '../pool/limits.js';
import { printable } from '../project/shown-text.js';
import type { PlannedCanister, SyncPlan } from '../sync/plan.js';
import { PluginShelf } from '../sync/plugin-shelf.js';
import type { PluginFetcher } from '../sync/prepare-plugins.js';
import { StepPulse } from '../sync/step-pulse.js';
import type { SyncEvent, SyncEventBody } from '../sync/sync-events.js';
import { type CanisterReport, type StepReport, type SyncReport, syncReport } from '../sync/sync-report.js';
import { beginning, canisterEnding, ending } from '../sync/sync-story.js';
import { type BatchTerms, batchRequest } from './batch-request.js';
import { sendBundle } from './bundle-sender.js';
import { PluginUploader } from './plugin-uploader.js';
import { type PreparedStep, prepareSteps } from './prepared-steps.js';
import { runBatch } from './remote-batch.js';
import { RemoteStep } from './remote-step.js';
import { placeOnService, requirePluginsOnly, type ServicePlace } from './service-place.js';
import { untilDone } from './until-done.js';

/** How a sync is to be done. */
export interface RemoteSyncOptions {
  readonly client: ServiceClient;
  /** A name on the service; its only one when left out. */
  readonly identity?: string | undefined;
  /** Ends the sync: what is under way on the service is cancelled there, and followed to its end. */
  readonly signal: AbortSignal;
  /** Runs at once; the service's own when left out. */
  readonly concurrency?: number | undefined;
  /** @default 'continue' */
  readonly onFailure?: 'continue' | 'stop';
  readonly limits: Partial<RunLimits>;
  readonly fetchPlugin: PluginFetcher;
  readonly onEvent: (event: SyncEvent) => void;
}

/**
 * Syncs the canisters of a plan on a service.
 *
 * @returns the report; what goes wrong with a canister is in there
 * @throws SandpoolError SCRIPT_NOT_ON_SERVICE, NETWORK_NOT_ON_SERVICE, IDENTITY_NOT_ON_SERVICE; what the service refuses
 * or cannot do; SERVICE_UNREACHABLE, SERVICE_FAILED
 */
export async function runRemoteSync(plan: SyncPlan, options: RemoteSyncOptions): Promise<SyncReport> {
  const { client, identity, signal } = options;
  requirePluginsOnly(plan);
  const session = await untilDone(() => client.getSession({ signal }), signal);
  return new RemoteSync(plan, options, placeOnService(client.url, plan, session, identity)).execute();
}

/** A canister, as far as it has got. */
interface Progress {
  readonly canister: PlannedCanister;
  readonly planned: readonly PreparedStep[];
  readonly steps: StepReport[];
  startedAt: number | undefined;
  report: CanisterReport | undefined;
}

class RemoteSync {
  readonly #plan: SyncPlan;
  readonly #options: RemoteSyncOptions;
  readonly #place: ServicePlace;
  readonly #emit: (event: SyncEventBody) => void;
  /** Of this sync alone: a canister that fails may end it. */
  readonly #abort = new AbortController();
  readonly #signal = this.#abort.signal;
  readonly #reports = new Map<PlannedCanister, CanisterReport>();

  constructor(plan: SyncPlan, options: RemoteSyncOptions, place: ServicePlace) {
    this.#plan = plan;
    this.#options = options;
    this.#place = place;
    const { onEvent } = options;
    const pulse = new StepPulse((event) => onEvent({ time: new Date().toISOString(), ...event }));
    this.#emit = (event) => pulse.pass(event);
    setMaxListeners(0, this.#signal);
  }

  async execute(): Promise<SyncReport> {
    const startedAt = performance.now();
    for (const event of beginning(this.#plan, this.#place.principal)) this.#emit(event);
    const { signal } = this.#options;
    const cancel = (): void => this.#cancel(signal.reason);
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    try {
      await this.#syncAll();
    } catch (thrown) {
      if (!this.#signal.aborted || SandpoolError.from(thrown).code !== 'CANCELLED') throw thrown;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
    const reports = this.#plan.canisters.map(
      (canister) => this.#reports.get(canister) ?? this.#notStarted(canister, new SandpoolError('CANCELLED')),
    );
    return this.#summarise(reports, performance.now() - startedAt);
  }

  #cancel(reason: unknown): void {
    if (this.#signal.aborted) return;
    this.#emit({ type: 'cancelling', reason: printable(describe(reason)) });
    this.#abort.abort(reason);
  }

  async #syncAll(): Promise<void> {
    const { client, concurrency, limits, fetchPlugin } = this.#options;
    const shelf = new PluginShelf(new PluginUploader(client, this.#signal), fetchPlugin, this.#emit);
    const { canisters, errors, entries } = await prepareSteps(this.#plan, shelf, this.#signal, this.#emit);
    for (const [canister, error] of errors) this.#notStarted(canister, error);
    if (this.#signal.aborted) return;
    const bundle = await sendBundle(client, entries.sorted, this.#signal);
    const terms: BatchTerms = { plan: this.#plan, place: this.#place, bundle, concurrency, limits };
    let left: Progress[] = canisters.map(({ canister, steps: planned }) => ({
      canister,
      planned,
      steps: [],
      startedAt: undefined,
      report: undefined,
    }));
    for (let index = 0; left.length > 0 && !this.#signal.aborted; index += 1) {
      await this.#wave(index, left, terms);
      left = left.filter(({ report }) => report === undefined);
    }
    // Those that were between two steps when the sync was cancelled.
    for (const progress of left) {
      if (progress.steps.length > 0) this.#end(progress, new SandpoolError('CANCELLED'));
    }
  }

  /** Runs one step of each canister. */
  async #wave(index: number, left: readonly Progress[], terms: BatchTerms): Promise<void> {
    const { client } = this.#options;
    const wanted = left.flatMap((progress) => {
      const step = progress.planned[index];
      return step === undefined ? [] : { progress, canister: progress.canister, step };
    });
    const progressOf = new Map(wanted.map(({ canister, progress }) => [canister, progress]));
    await runBatch({
      client,
      request: batchRequest(wanted, terms),
      signal: this.#signal,
      emit: this.#emit,
      stepOf: (at, runId) => {
        const run = wanted[at];
        if (run === undefined) throw new SandpoolError('INTERNAL', { reason: 'a run that nobody asked for' });
        return new RemoteStep(run, index + 1, runId, client, this.#emit);
      },
      onStarted: ({ canister }) => {
        const progress = progressOf.get(canister);
        if (progress !== undefined) progress.startedAt ??= performance.now();
      },
      onFinished: ({ canister, report }) => {
        const progress = progressOf.get(canister);
        if (progress === undefined || report === undefined) return;
        progress.steps.push(report);
        const isLast = progress.steps.length === progress.planned.length;
        if (isLast || report.error !== undefined) this.#end(progress, report.error);
      },
    });
  }

  #end(progress: Progress, error: SandpoolError | undefined): void {
    const { canister, steps, startedAt } = progress;
    const outcome = error === undefined ? 'synced' : error.code === 'CANCELLED' ? 'cancelled' : 'failed';
    progress.report = this.#finished(canister, {
      outcome,
      steps,
      durationMs: startedAt === undefined ? 0 : performance.now() - startedAt,
      ...(error === undefined ? {} : { error }),
    });
  }

  #notStarted(canister: PlannedCanister, error: SandpoolError): CanisterReport {
    const outcome = error.code === 'CANCELLED' ? 'cancelled' : 'failed';
    return this.#finished(canister, { outcome, steps: [], durationMs: 0, error });
  }

  #finished(canister: PlannedCanister, result: Omit<CanisterReport, 'name' | 'id'>): CanisterReport {
    const { name, id } = canister;
    const report = { name, id, ...result };
    this.#reports.set(canister, report);
    if (report.outcome === 'failed' && this.#options.onFailure === 'stop') {
      this.#cancel(new Error(`canister ${name} failed`));
    }
    this.#emit(canisterEnding(report));
    return report;
  }

  #summarise(canisters: readonly CanisterReport[], durationMs: number): SyncReport {
    const report = syncReport(canisters, durationMs, this.#options.signal.aborted ? 'cancelled' : 'finished');
    this.#emit(ending(report));
    return report;
  }
}
