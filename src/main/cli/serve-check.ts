// `sandpool serve --check`: says what would be served, and serves nothing.

import { shownUrl } from '../project/shown-url.js';
import { hostInUrl } from '../server/access/index.js';
import type { OpenIdentity, ServiceConfiguration } from '../server/config/index.js';
import type { Terminal } from './terminal.js';
import { bytes } from './units.js';

/**
 * Writes what the service would be. Whatever is wrong has been thrown by then: by `readConfiguration`, and by
 * `openIdentities` for the keys.
 */
export function checkConfiguration(
  configuration: ServiceConfiguration,
  identities: ReadonlyMap<string, OpenIdentity>,
  { stdout }: Terminal,
): void {
  const { listen, hosts, networks, canisters, concurrency, limits, dataFolder, cacheFolder } = configuration;
  const rows = (label: string, values: readonly string[]) => {
    const shown = values.length === 0 ? ['none'] : values;
    for (const [index, value] of shown.entries())
      stdout.line(`${(index === 0 ? label : '').padEnd(12)}${value}`);
  };
  rows('file', [configuration.file]);
  rows('listens on', [shownListen(listen)]);
  rows('hosts', ['localhost', '127.0.0.1', '[::1]', ...hosts.map(shownHost)]);
  rows('data', [dataFolder]);
  rows('cache', [cacheFolder ?? 'none']);
  rows('runs', [
    `${concurrency} at once, each with up to ${limits.computeBudgetMs} ms of computing, ` +
      `${limits.wallTimeMs} ms in all, ${bytes(limits.memoryBytes)} of memory`,
  ]);
  rows(
    'identities',
    [...identities].map(([name, { principal }]) => `${name}  ${principal}`),
  );
  rows(
    'networks',
    [...networks].map(
      ([name, { url, rootKey }]) => `${name}  ${shownUrl(url)}  root key: ${rootKeyText(rootKey.kind)}`,
    ),
  );
  rows(
    'canisters',
    [...canisters].map(([name, { size }]) => `${name}  ${size} canister${size === 1 ? '' : 's'}`),
  );
}

function shownListen({ host, port }: ServiceConfiguration['listen']): string {
  const name = hostInUrl(host);
  return port === 0 ? `${name}, on any port that is free` : `${name}:${port}`;
}

function shownHost({ name, port }: ServiceConfiguration['hosts'][number]): string {
  return port === undefined ? name : `${name}:${port}`;
}

function rootKeyText(kind: 'mainnet' | 'fetch' | 'pinned'): string {
  if (kind === 'pinned') return 'pinned';
  return kind === 'fetch' ? 'fetched, unverified: whoever answers there is believed' : 'of the mainnet';
}
