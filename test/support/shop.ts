// The project that the documents speak of, on an embedded network: `api`, `web` and `ledger`, in `local` on the
// network that a project has without declaring it, and in `staging` on one that it is connected to.

import { readFileSync } from 'node:fs';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import type { DocumentSession } from './document-session.js';
import { ROOT } from './documents.js';

const CANISTERS = ['api', 'web', 'ledger'];
const ANONYMOUS = '2vxsx-fae';

const canister = (name: string): string => `  - name: ${name}
    build: {steps: [{type: script, command: "true"}]}
    sync:
      steps:
        - type: plugin
          path: plugins/seed.wasm
          dirs: [seed/${name}]
        - type: script
          command: echo "$ICP_CLI_ENVIRONMENT is seeded"
`;

const manifest = (url: string): string => `canisters:
${CANISTERS.map(canister).join('')}
networks:
  - {name: remote, mode: connected, url: "${url}", root-key: fetch}
environments:
  - {name: staging, network: remote}
`;

/** Puts the project into the session's folder, on a network that the caller closes. */
export async function openShop(session: DocumentSession): Promise<Localnet> {
  const network = await startLocalnet({
    canisters: [
      ...CANISTERS.map((name) => ({ kind: 'kv' as const, name })),
      { kind: 'proxy', name: 'proxy' },
    ],
    controllers: [ANONYMOUS, 'proxy'],
  });
  const { url, rootKeyHex, canisters } = network;
  session.write('icp.yaml', manifest(url));
  session.write('plugins/seed.wasm', readFileSync(`${ROOT}fixtures/plugins/seed-data-c/plugin.wasm`));
  const named = canisters.filter(({ name }) => CANISTERS.includes(name));
  const ids = JSON.stringify(Object.fromEntries(named.map(({ name, id }) => [name, id])));
  session.write('.icp/data/mappings/staging.ids.json', ids);
  session.write('.icp/cache/mappings/local.ids.json', ids);
  for (const name of CANISTERS) session.write(`seed/${name}/first.txt`, `the first of ${name}`);
  // As icp-cli leaves it beside a network that it runs.
  const descriptor = {
    v: '1',
    id: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
    'project-dir': session.folder,
    network: 'local',
    'network-dir': `${session.folder}/.icp/cache/networks/local`,
    gateway: { fixed: false, port: Number(new URL(url).port), host: '127.0.0.1', ip: '127.0.0.1' },
    'child-locator': { type: 'pid', pid: process.pid, 'start-time': 0 },
    'root-key': rootKeyHex,
    'pocketic-config-port': null,
    'proxy-canister-id': canisters.find(({ kind }) => kind === 'proxy')?.id ?? null,
  };
  session.write('.icp/cache/networks/local/descriptor.json', JSON.stringify(descriptor));
  return network;
}
