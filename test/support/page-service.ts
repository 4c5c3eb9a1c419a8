// What the tests of the page talk to: a service with its page, an embedded network behind it, and some plugins in it.

import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import type { Plugin } from '#src/main/server/api/index.js';
import { readPageFiles } from '#src/main/server/page-files.js';
import { buildGuest } from '../../fixtures/guests.mjs';
import { openWay } from './breakable-way.js';
import { type RunningService, startService } from './running-service.js';

/** A service with a page, and what there is on it. */
export interface PageService {
  /** What the browser opens: a way to the service that can be broken off. */
  readonly url: string;
  readonly service: RunningService['service'];
  /** May do everything. */
  readonly token: string;
  /** A new one. */
  readonly newToken: RunningService['token'];
  readonly network: string;
  readonly identity: string;
  /** Sha256 of plugins, by the names of their guests; `HOSTILE_NAME` is `prints-markup`. */
  readonly plugins: ReadonlyMap<string, string>;
  /** Canisters for which runs succeed, and one for which `calls-update` fails. */
  readonly canister: (number: number) => string;
  readonly failingCanister: string;
  /** Breaks off every connection; the service goes on. */
  readonly breakConnections: () => void;
  readonly close: () => Promise<void>;
}

/** What the hostile plugin is called on the service. */
export const HOSTILE_NAME = '<b>hostile</b>';
/** What it leaves of its lines, its method and its error, once control sequences and marks of direction are gone. */
export const HOSTILE = {
  lines: [
    '<img src=x onerror="document.title=`taken`;alert(1)">',
    '<script>document.title="taken";alert(2)</script>',
    'red and back',
    'gnp.exe <b>bold</b> &amp; "quoted" javascript:alert(3)',
  ],
  method: '<u onmouseover=alert(4)>set</u>',
  error: '</p><iframe src="javascript:alert(5)"></iframe><b>no</b>',
} as const;

const KV_CANISTERS = 400;
const IN_LIST = 8;
/** So long that one can see what a run waits on. */
const UPDATE_LATENCY_MS = 150;
const GUESTS = ['calls-update', 'prints', 'prints-file', 'prints-markup', 'returns-ok', 'sleeps-forever'];

/** Starts it. */
export async function startPageService(): Promise<PageService> {
  const network = await startLocalnet({
    updateLatencyMs: UPDATE_LATENCY_MS,
    canisters: [
      { kind: 'test', name: 'other' },
      ...Array.from({ length: KV_CANISTERS }, (_, index) => ({ kind: 'kv', name: `kv-${index}` }) as const),
    ],
  });
  const [other, ...shops] = network.canisters.map(({ id }) => id);
  const way = await openWay();
  const running = await startService({
    networks: { embedded: network },
    canisters: { shops: shops.slice(0, IN_LIST), everything: network.canisters.map(({ id }) => id) },
    concurrency: 8,
    hosts: [way.host],
    page: await readPageFiles(),
  });
  way.leadTo(running.port);
  const token = running.token(['admin']);
  return {
    url: `http://${way.host}`,
    service: running.service,
    token,
    newToken: running.token,
    network: 'embedded',
    identity: 'deployer',
    plugins: await uploadGuests(running, token),
    canister: (number) => shops[number % shops.length] ?? '',
    failingCanister: other ?? '',
    breakConnections: way.breakOff,
    close: () => closeAll(way, running, network),
  };
}

async function uploadGuests({ url }: RunningService, token: string): Promise<Map<string, string>> {
  const plugins = new Map<string, string>();
  for (const guest of GUESTS) {
    const name = guest === 'prints-markup' ? HOSTILE_NAME : guest;
    const response = await fetch(`${url}/v1/plugins?${new URLSearchParams({ name })}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/wasm' },
      body: await buildGuest(guest, '0.2'),
    });
    if (!response.ok) throw new Error(`${guest}: ${response.status} ${await response.text()}`);
    plugins.set(guest, ((await response.json()) as Plugin).sha256);
  }
  return plugins;
}

async function closeAll(
  way: { close(): Promise<void> },
  running: RunningService,
  network: Localnet,
): Promise<void> {
  await way.close();
  await running.close();
  running.remove();
  await network.close();
}
