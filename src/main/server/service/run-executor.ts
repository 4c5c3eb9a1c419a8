// One run of the service, from the queue to its end: everything it needs is found, it is run, and what came of it is kept.

import { SandpoolError } from '../../../bridge/errors.js';
import type { HostCallEndEvent } from '../../canister/index.js';
import type { RunLimits } from '../../pool/limits.js';
import type { SandboxPool } from '../../pool/sandbox-pool.js';
import { type PluginRunReport, runPlugin } from '../../sync/plugin-run.js';
import { readFiles } from '../../sync/step-grants.js';
import type { Grant } from '../access/index.js';
import type { BundleStore, RetainedBundle } from '../content/index.js';
import type { EndState, Run, Store } from '../store/index.js';
import type { NetworkClients, Surroundings } from './network-clients.js';
import type { PluginLibrary } from './plugin-library.js';
import { RunRecord } from './run-record.js';
import { requireGrantOf } from './run-request.js';
import { sorted, stepGrants, wholeStep } from './step.js';

/** What runs need. */
export interface RunExecutorParts {
  readonly store: Store;
  readonly pool: SandboxPool;
  readonly plugins: PluginLibrary;
  readonly bundles: BundleStore;
  readonly clients: NetworkClients;
  readonly surroundings: Surroundings;
  /** What the token may reach by now. @throws SandpoolError UNAUTHENTICATED when it was revoked */
  readonly grantOf: (tokenId: string) => Grant;
  /** Told when something could not be written that the run does not need to go on. */
  readonly onFailure: (error: SandpoolError, run: Run) => void;
  /** Told of each host call of each run. */
  readonly onCallEnd: (call: HostCallEndEvent) => void;
}

/** Why a run is ended from outside. */
export type EndReason = 'cancelled' | 'closing';

/** A run that has ended, and is to be written down. */
export interface RunOutcome {
  readonly state: EndState;
  readonly report: PluginRunReport;
  /** Writes it. May be called again when it throws. */
  readonly write: () => void;
}

/** How long updates under way are followed once their run has ended. */
const SETTLE_MS = 30_000;

/** Does runs. */
export class RunExecutor {
  readonly #parts: RunExecutorParts;

  constructor(parts: RunExecutorParts) {
    this.#parts = parts;
  }

  /** Does a run that was started in the store. Whatever goes wrong is in the outcome. */
  async execute(run: Run, signal: AbortSignal): Promise<RunOutcome> {
    const { store, onFailure, onCallEnd } = this.#parts;
    const record = new RunRecord(store, run.id, { onFailure: (error) => onFailure(error, run), onCallEnd });
    const report = await this.#attempt(run, record, signal).catch(
      (thrown): PluginRunReport => ({ error: SandpoolError.from(thrown), updates: [] }),
    );
    const state = stateOf(report.error, signal);
    const told =
      state === 'interrupted' ? { ...report, error: new SandpoolError('RUN_INTERRUPTED') } : report;
    return { state, report: told, write: () => record.end(state, told) };
  }

  async #attempt(run: Run, record: RunRecord, signal: AbortSignal): Promise<PluginRunReport> {
    const { pool, plugins, bundles, clients, grantOf } = this.#parts;
    const { network, identity, bundleSha256 } = run;
    requireGrantOf(grantOf(run.tokenId), run);
    const step = wholeStep(this.#parts.store, run);
    const plugin = await plugins.prepared(run.pluginSha256);
    using bundle: RetainedBundle | undefined =
      bundleSha256 === undefined ? undefined : await bundles.retain(bundleSha256);
    const grants = await stepGrants(step, plugin, bundle?.folder);
    const client = await clients.get(network, identity);
    const proxyCanisterId = step.proxy;
    return runPlugin({
      pool,
      client,
      plugin,
      canisterName: step.label ?? run.canisterId,
      canisterId: run.canisterId,
      proxyCanisterId,
      callable: new Map(Object.entries(step.canisters ?? {})),
      signal,
      limits: run.limits as Partial<RunLimits>,
      settleMs: SETTLE_MS,
      orderKey: `${network} ${run.canisterId}`,
      caller: run.tokenId,
      input: () => ({
        canisterId: run.canisterId,
        environment: run.environment,
        identityPrincipal: client.principal,
        ...(proxyCanisterId === undefined ? {} : { proxyCanisterId }),
        directories: grants.directories,
        files: readFiles(grants.files),
        ...this.#addresses(network),
        fields: sorted(run.fields as Record<string, string>).map(([name, value]) => ({ name, value })),
        canisterIds: sorted(step.canisterIds).map(([name, id]) => ({ name, id })),
      }),
      ...record.listeners,
    });
  }

  #addresses(network: string): { readonly apiUrl?: string; readonly gatewayUrl?: string } {
    const reached = this.#parts.surroundings.networks.get(network);
    if (reached === undefined) return {};
    const { url: apiUrl, gatewayUrl } = reached;
    return { apiUrl, ...(gatewayUrl === undefined ? {} : { gatewayUrl }) };
  }
}

function stateOf(error: SandpoolError | undefined, signal: AbortSignal): EndState {
  if (error === undefined) return 'succeeded';
  if (error.code !== 'CANCELLED') return 'failed';
  const reason: EndReason = signal.reason;
  return reason === 'closing' ? 'interrupted' : 'cancelled';
}
