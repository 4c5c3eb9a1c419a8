// One plugin step of one canister: a run, with the host functions that are bound to it.

import type { RunInput } from '../../bridge/run-input.js';
import type { PreparedPlugin } from '../component/prepared-plugin.js';
import type { RunEvent } from '../pool/run-types.js';
import type { PlannedPlugin } from './plan.js';
import { runPlugin } from './plugin-run.js';
import { readFiles, type StepGrants } from './step-grants.js';
import type { StepPlace, SyncContext } from './sync-context.js';
import { errorReport, type StepDescription, type StepReference } from './sync-events.js';
import type { StepReport } from './sync-report.js';

/** A plugin step that can begin. */
export interface ReadyPlugin {
  readonly kind: 'plugin';
  readonly planned: PlannedPlugin;
  readonly plugin: PreparedPlugin;
  readonly grants: StepGrants;
}

/** One run of one step. */
export class PluginStepRun {
  readonly #place: StepPlace;
  readonly #step: ReadyPlugin;
  readonly #context: SyncContext;
  readonly #reference: StepReference;
  readonly #description: StepDescription;

  constructor(step: ReadyPlugin, place: StepPlace) {
    const { canister, number, context } = place;
    this.#place = place;
    this.#step = step;
    this.#context = context;
    this.#reference = { canister: canister.name, canisterId: canister.id, step: number };
    this.#description = { kind: 'plugin', label: step.planned.label };
  }

  /** Runs it. Whatever goes wrong is in the report. */
  async execute(): Promise<StepReport> {
    const { pool, client, plan, signal, limits, settleMs, emit } = this.#context;
    const { canister } = this.#place;
    const {
      error,
      statistics: used,
      updates,
    } = await runPlugin({
      pool,
      client,
      plugin: this.#step.plugin,
      canisterName: canister.name,
      canisterId: canister.id,
      proxyCanisterId: plan.proxyCanisterId,
      callable: this.#step.planned.callable,
      signal,
      limits,
      settleMs,
      input: () => this.#input(),
      onEvent: (event) => this.#onRunEvent(event),
      onCall: ({ number: call, callType: kind, method, canisterId: target }) =>
        emit({ type: 'call-started', ...this.#reference, call, kind, method, target }),
      onCallEnd: ({ number: call, milliseconds: durationMs, outcome }) =>
        emit({ type: 'call-ended', ...this.#reference, call, durationMs, outcome }),
    });
    const statistics = used === undefined ? {} : { statistics: used };
    emit({
      type: 'step-finished',
      ...this.#reference,
      ...this.#description,
      ok: error === undefined,
      ...(error === undefined ? {} : { error: errorReport(error) }),
      ...statistics,
      updates,
    });
    return { ...this.#description, ...(error === undefined ? {} : { error }), ...statistics, updates };
  }

  #input(): RunInput {
    const { plan, client } = this.#context;
    const { grants, planned } = this.#step;
    const { proxyCanisterId } = plan;
    const { id: canisterId, knownIds: canisterIds } = this.#place.canister;
    const { apiUrl, gatewayUrl } = plan.network;
    return {
      canisterId,
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
      emit({ type: 'step-started', ...this.#reference, ...this.#description });
      pulse.ask(this.#reference, event.usage);
    } else {
      emit({ ...event, ...this.#reference });
    }
  }
}
