// Plugins that are declared by address. What fetches them is loaded only when there is one.

import { isOnThisMachine } from '../project/local-address.js';
import type { ReachableNetwork } from '../project/running-network.js';
import type { PluginFetcher } from './prepare-plugins.js';

/** Where plugins and recipes may be fetched from, and where they are kept. */
export interface FetchRules {
  /** Nothing is kept on disk when absent. */
  readonly cacheFolder?: string | undefined;
  readonly addresses: 'public-only' | 'any';
  /** Ends the fetching, with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The rules for a project that is synced to `network`. What can make a build server fetch from the network that it is
 * in should not be a manifest; a project of this machine may well have its plugins here.
 */
export function fetchRules(
  network: ReachableNetwork,
  cacheFolder?: string,
  signal?: AbortSignal,
): FetchRules {
  return { cacheFolder, signal, addresses: isOnThisMachine(network.apiUrl) ? 'any' : 'public-only' };
}

/** Fetches plugins by these rules, each once, however often it is asked for. */
export function pluginFetcher(rules: FetchRules): PluginFetcher {
  const fetched = new Map<string, Promise<Uint8Array>>();
  return (location) => {
    const key = JSON.stringify([location.url, location.sha256]);
    const known = fetched.get(key);
    if (known !== undefined) return known;
    const fetching = fetchByRules(location, rules);
    fetched.set(key, fetching);
    return fetching;
  };
}

async function fetchByRules(
  location: Parameters<PluginFetcher>[0],
  { cacheFolder, addresses, signal }: FetchRules,
): Promise<Uint8Array> {
  const [{ DownloadCache }, { fetchPlugin }] = await Promise.all([
    import('../download/download-cache.js'),
    import('../download/fetch-plugin.js'),
  ]);
  return fetchPlugin(location, { cache: new DownloadCache({ folder: cacheFolder }), addresses, signal });
}
