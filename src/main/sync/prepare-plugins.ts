// What a sync can begin before it has a network: preparing plugins, which other processes do meanwhile.

import { SandpoolError } from '../../bridge/errors.js';
import type { PluginSource } from '../component/prepared-plugin.js';
import type { SandboxPool } from '../pool/sandbox-pool.js';
import { type PlannedPlugin, pluginsOf, type SyncPlan } from './plan.js';

/** Gets the bytes of a plugin from an address, verified. */
export type PluginFetcher = (location: {
  readonly url: string;
  readonly sha256: string;
}) => Promise<Uint8Array>;

/** Begins to prepare every plugin of the plan, and returns at once. One that is being prepared is not begun twice. */
export function preparePlugins(
  plan: SyncPlan,
  pool: Pick<SandboxPool, 'prepare'>,
  fetchPlugin: PluginFetcher,
): void {
  const distinct = new Map(pluginsOf(plan).map((step) => [pluginKey(step), step]));
  for (const step of distinct.values()) {
    // What is wrong with a plugin is told by the canisters that need it.
    pluginSource(step, fetchPlugin)
      .then((source) => pool.prepare(source))
      .catch(() => undefined);
  }
}

/** The same for two steps that have the same plugin. */
export function pluginKey({ source, declared }: PlannedPlugin): string {
  return JSON.stringify([source, declared.sha256]);
}

/**
 * Where the plugin of a step is: its file, or what was fetched.
 * @throws SandpoolError as `fetchPlugin` does
 */
export async function pluginSource(
  { label: name, source, declared: { sha256 } }: PlannedPlugin,
  fetchPlugin: PluginFetcher,
): Promise<PluginSource> {
  if ('path' in source) return { path: source.path, name, ...(sha256 === undefined ? {} : { sha256 }) };
  // A manifest cannot leave it out.
  if (sha256 === undefined) throw new SandpoolError('INTERNAL', { reason: `${name} has no sha256` });
  return { bytes: await fetchPlugin({ url: source.url, sha256 }), name, sha256 };
}
