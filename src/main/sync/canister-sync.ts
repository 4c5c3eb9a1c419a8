// The sync of one canister: everything it needs made ready, then its steps one after another until one fails.

import { SandpoolError } from '../../bridge/errors.js';
import type { RunInput } from '../../bridge/run-input.js';
import { type BoundHost, bindHostFunctions, type CanisterClient } from '../canister/index.js';
import type { PreparedPlugin } from '../component/prepared-plugin.js';
import type { RunLimits } from '../pool/limits.js';
import type { RunEvent, RunResult } from '../pool/run-types.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import { withNetworkCause } from './network-cause.js';
import type { PlannedCanister, PlannedStep, SyncPlan } from './plan.js';
import type { PluginShelf } from './plugin-shelf.js';
import { grantsOf, readFiles, type StepGrants } from './step-grants.js';
import type { StepPulse } from './step-pulse.js';
import { errorReport, type StepReference, type SyncEventBody } from './sync-events.js';
import type { CanisterReport, StepReport } from './sync-report.js';

/** What the canisters of one sync share. */
export interface SyncContext {
  readonly plan: SyncPlan;
  readonly pool: SandboxPool;
  readonly client: CanisterClient;
  readonly shelf: PluginShelf;
  readonly signal: AbortSignal;
  readonly limits: Partial<RunLimits>;
  /** How long updates under way are followed once their run has ended, in milliseconds. */
  readonly settleMs: number;
  readonly emit: (event: SyncEventBody) => void;
  readonly pulse: Pick<StepPulse, 'ask'>;
}

interface ReadyStep {
  readonly planned: PlannedStep;
  readonly plugin: PreparedPlugin;
  readonly grants: StepGrants;
}

/** Syncs one canister. Whatever goes wrong is in the report. */
export async function syncCanister(canister: PlannedCanister, context: SyncContext): Promise<CanisterReport> {
  const { name, id } = canister;
  const startedAt = performance.now();
  const steps: StepReport[] = [];
  let error: SandpoolError | undefined;
  try {
    // Everything is made ready before the first step, so that a mistake in a later one is told before the
    // canister has been changed at all.
    const ready = await Promise.all(canister.steps.map((step) => readyStep(step, canister, context)));
    for (const [index, step] of ready.entries()) {
      if (context.signal.aborted) throw new SandpoolError('CANCELLED');
      const report = await new StepRun(canister, index + 1, step, context).execute();
      steps.push(report);
      error = report.error;
      if (error !== undefined) break;
    }
  } catch (thrown) {
    error = SandpoolError.from(thrown);
  }
  const outcome = error === undefined ? 'synced' : error.code === 'CANCELLED' ? 'cancelled' : 'failed';
  const durationMs = performance.now() - startedAt;
  return { name, id, outcome, steps, durationMs, ...(error === undefined ? {} : { error }) };
}

async function readyStep(
  planned: PlannedStep,
  canister: PlannedCanister,
  { shelf, plan, emit }: SyncContext,
): Promise<ReadyStep> {
  const plugin = await shelf.get(planned);
  const folders = { project: plan.root, canister: canister.folder };
  const grants = await grantsOf(planned.declared, plugin, folders);
  const { fields, canisters } = planned.declared;
  if (plugin.interfaceVersion === '0.1' && fields.length + canisters.length > 0) {
    const key = fields.length > 0 ? 'fields' : 'canisters';
    emit({
      type: 'warning',
      message: `canister ${canister.name}: \`${key}\` is not for ${planned.plugin}, which speaks icp:sync-plugin 0.1`,
    });
  }
  return { planned, plugin, grants };
}

/** One step of one canister. */
class StepRun {
  readonly #canister: PlannedCanister;
  readonly #step: ReadyStep;
  readonly #context: SyncContext;
  readonly #reference: StepReference;
  readonly #host: BoundHost;

  constructor(canister: PlannedCanister, number: number, step: ReadyStep, context: SyncContext) {
    this.#canister = canister;
    this.#step = step;
    this.#context = context;
    this.#reference = { canister: canister.name, canisterId: canister.id, step: number };
    const { client, plan, emit } = context;
    this.#host = bindHostFunctions({
      client,
      canisterId: canister.id,
      proxyCanisterId: plan.proxyCanisterId,
      grants: { canisters: step.planned.callable },
      onCall: ({ number: call, callType: kind, method, canisterId: target }) =>
        emit({ type: 'call-started', ...this.#reference, call, kind, method, target }),
      onCallEnd: ({ number: call, milliseconds: durationMs, outcome }) =>
        emit({ type: 'call-ended', ...this.#reference, call, durationMs, outcome }),
    });
  }

  async execute(): Promise<StepReport> {
    const { pool, signal, limits, settleMs, emit } = this.#context;
    const { plugin, planned } = this.#step;
    let result: RunResult | undefined;
    let error: SandpoolError | undefined;
    try {
      result = await pool.run(plugin, this.#input(), {
        host: this.#host,
        signal,
        limits,
        onEvent: (event) => this.#onRunEvent(event),
      });
      if (!result.ok) error = withNetworkCause(result.error, this.#host.lastFailure, this.#canister.name);
    } catch (thrown) {
      error = SandpoolError.from(thrown);
    }
    const updates = [...(await this.#host.settle(settleMs))];
    const statistics = result === undefined ? {} : { statistics: result.statistics };
    emit({
      type: 'step-finished',
      ...this.#reference,
      plugin: planned.plugin,
      ok: error === undefined,
      ...(error === undefined ? {} : { error: errorReport(error) }),
      ...statistics,
      updates,
    });
    return { plugin: planned.plugin, ...(error === undefined ? {} : { error }), ...statistics, updates };
  }

  #input(): RunInput {
    const { plan, client } = this.#context;
    const { grants, planned } = this.#step;
    const { proxyCanisterId, canisterIds } = plan;
    const { apiUrl, gatewayUrl } = plan.network;
    return {
      canisterId: this.#canister.id,
      environment: plan.environment,
      identityPrincipal: client.principal,
      ...(proxyCanisterId === undefined ? {} : { proxyCanisterId }),
      directories: grants.directories,
      files: readFiles(grants.files),
      apiUrl,
      ...(gatewayUrl === undefined ? {} : { gatewayUrl }),
      fields: planned.declared.fields,
      canisterIds,
    };
  }

  #onRunEvent(event: RunEvent): void {
    const { emit, pulse } = this.#context;
    if (event.type === 'started') {
      emit({ type: 'step-started', ...this.#reference, plugin: this.#step.planned.plugin });
      pulse.ask(this.#reference, event.usage);
    } else {
      emit({ ...event, ...this.#reference });
    }
  }
}
