// A plugin that a step names by `url` and `sha256`: from a cache, or else over the network, and verified either way.

import { SandpoolError } from '../../bridge/errors.js';
import { MAXIMUM_PLUGIN_BYTES } from '../component/plugin-store.js';
import type { AllowedAddresses } from './address-policy.js';
import { download } from './download.js';
import type { DownloadCache } from './download-cache.js';
import type { AddressRule } from './guarded-agent.js';
import { SharedWork } from './shared-work.js';

/** As a step declares it. */
export interface RemotePlugin {
  /** http or https. `file:` is refused, as icp-cli refuses it: a plugin on disk is declared by `path`. */
  readonly url: string;
  /** 64 hex characters. */
  readonly sha256: string;
}

export interface FetchOptions {
  readonly cache: DownloadCache;
  readonly addresses: AllowedAddresses | AddressRule;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const downloads = new SharedWork<Uint8Array>();

/**
 * The bytes of a plugin, which hash to its `sha256`. Whoever asks for the same one while it is being fetched shares
 * the download.
 * @throws SandpoolError INVALID_OPTION when `sha256` is none; as `download` does
 */
export async function fetchPlugin(
  { url, sha256: declared }: RemotePlugin,
  { cache, addresses, timeoutMs, signal }: FetchOptions,
): Promise<Uint8Array> {
  const sha256 = declared.toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    const bound = '64 hexadecimal characters';
    throw new SandpoolError('INVALID_OPTION', { option: 'sha256', bound, value: declared });
  }
  // Another address, or other rules for it, may fail where this one does not; another cache may have it.
  const rule = typeof addresses === 'string' ? addresses : 'own rule';
  const key = JSON.stringify([sha256, url, rule, cache.folder]);
  // Looking for it is shared too: whoever looked longer than the download takes would download it once more.
  return downloads.run(key, signal, async (ends) => {
    const kept = await cache.content('wasm', sha256, MAXIMUM_PLUGIN_BYTES);
    if (kept !== undefined) return kept;
    const bytes = await download(url, {
      addresses,
      maximumBytes: MAXIMUM_PLUGIN_BYTES,
      sha256,
      signal: ends,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    await cache.keep(bytes);
    return bytes;
  });
}
