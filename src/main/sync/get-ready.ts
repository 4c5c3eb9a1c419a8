// What a sync can begin before it has a network: starting threads and preparing plugins, which take as long as
// loading the network's client and asking whether the canisters run.

import type { PluginSource } from '../component/prepared-plugin.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import type { PlannedStep, SyncPlan } from './plan.js';

/** Begins it, and returns at once. May be called again: what has begun is not begun twice. */
export function getReady(
  plan: SyncPlan,
  pool: Pick<SandboxPool, 'warm' | 'prepare'>,
  concurrency: number,
): void {
  pool.warm(Math.min(plan.canisters.length, concurrency));
  const steps = plan.canisters.flatMap((canister) => canister.steps);
  const distinct = new Map(steps.map((step) => [`${step.declared.sha256} ${step.pluginPath}`, step]));
  // What is wrong with a plugin is told by the canisters that need it.
  for (const step of distinct.values()) pool.prepare(pluginSource(step)).catch(() => undefined);
}

/** Where the plugin of a step is. */
export function pluginSource({ plugin, pluginPath, declared: { sha256 } }: PlannedStep): PluginSource {
  return { path: pluginPath, name: plugin, ...(sha256 === undefined ? {} : { sha256 }) };
}
