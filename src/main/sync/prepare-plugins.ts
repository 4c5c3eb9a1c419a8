// What a sync can begin before it has a network: preparing plugins, which other processes do meanwhile.

import type { PluginSource } from '../component/prepared-plugin.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import type { PlannedStep, SyncPlan } from './plan.js';

/** Begins to prepare every plugin of the plan, and returns at once. One that is being prepared is not begun twice. */
export function preparePlugins(plan: SyncPlan, pool: Pick<SandboxPool, 'prepare'>): void {
  const steps = plan.canisters.flatMap((canister) => canister.steps);
  const distinct = new Map(steps.map((step) => [`${step.declared.sha256} ${step.pluginPath}`, step]));
  // What is wrong with a plugin is told by the canisters that need it.
  for (const step of distinct.values()) pool.prepare(pluginSource(step)).catch(() => undefined);
}

/** Where the plugin of a step is. */
export function pluginSource({ plugin, pluginPath, declared: { sha256 } }: PlannedStep): PluginSource {
  return { path: pluginPath, name: plugin, ...(sha256 === undefined ? {} : { sha256 }) };
}
