// One run of one plugin against one canister: the host functions bound to it, the run itself, and its updates followed
// to their outcome. Whoever runs plugins, runs them through here.

import { SandpoolError } from '../../bridge/errors.js';
import type { RunInput } from '../../bridge/run-input.js';
import {
  type BoundHostOptions,
  bindHostFunctions,
  type CanisterClient,
  type UpdateRecord,
} from '../canister/index.js';
import type { PreparedPlugin } from '../component/prepared-plugin.js';
import type { RunOptions, RunResult, RunStatistics } from '../pool/run-types.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import { withNetworkCause } from './network-cause.js';

/** What a run is made of. */
export interface PluginRunOptions
  extends Pick<RunOptions, 'signal' | 'limits' | 'orderKey' | 'caller' | 'onEvent'>,
    Pick<BoundHostOptions, 'onCall' | 'onCallEnd' | 'updates'> {
  readonly pool: SandboxPool;
  readonly client: CanisterClient;
  readonly plugin: PreparedPlugin;
  /** What the canister is called in an error of the network. */
  readonly canisterName: string;
  readonly canisterId: string;
  readonly proxyCanisterId?: string | undefined;
  /** Other canisters that it may call: ids by name. */
  readonly callable: ReadonlyMap<string, string>;
  /** How long updates under way are followed once the run has ended, in milliseconds. */
  readonly settleMs: number;
  /** Reads what the run is given; what it throws is the run's error. */
  readonly input: () => RunInput;
}

/** What came of a run. */
export interface PluginRunReport {
  /** Absent when it succeeded. */
  readonly error?: SandpoolError;
  /** Absent when it never came to be run. */
  readonly statistics?: RunStatistics;
  readonly updates: readonly UpdateRecord[];
}

/**
 * Does a run. Whatever goes wrong is in the report.
 * @throws SandpoolError INVALID_PRINCIPAL
 */
export async function runPlugin(options: PluginRunOptions): Promise<PluginRunReport> {
  const { pool, client, plugin, canisterName, canisterId, proxyCanisterId, callable, settleMs, input } =
    options;
  const { signal, limits, orderKey, caller, onEvent, onCall, onCallEnd, updates } = options;
  const host = bindHostFunctions({
    client,
    canisterId,
    proxyCanisterId,
    grants: { canisters: callable },
    ...(onCall === undefined ? {} : { onCall }),
    ...(onCallEnd === undefined ? {} : { onCallEnd }),
    updates,
  });
  let result: RunResult | undefined;
  let error: SandpoolError | undefined;
  try {
    result = await pool.run(plugin, input(), {
      host,
      ...(signal === undefined ? {} : { signal }),
      ...(limits === undefined ? {} : { limits }),
      ...(orderKey === undefined ? {} : { orderKey }),
      ...(caller === undefined ? {} : { caller }),
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    if (!result.ok) error = withNetworkCause(result.error, host.lastFailure, canisterName);
  } catch (thrown) {
    error = SandpoolError.from(thrown);
  }
  return {
    ...(error === undefined ? {} : { error }),
    ...(result === undefined ? {} : { statistics: result.statistics }),
    updates: [...(await host.settle(settleMs))],
  };
}
