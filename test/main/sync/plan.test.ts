import { describe, expect, test } from 'vitest';
import { parseProject } from '#src/main/project/load-project.js';
import { planSync, type SyncRequest } from '#src/main/sync/plan.js';
import { deploymentOf } from '../../support/deployment.js';

const BACKEND = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const FRONTEND = 'ryjl3-tyaaa-aaaaa-aaaba-cai';

const MANIFEST = `
canisters:
  - name: backend
    build: {}
    sync:
      steps:
        - {type: plugin, path: plugins/one.wasm, canisters: [frontend]}
        - {type: plugin, path: /abs/two.wasm}
  - name: frontend
    build: {}
    sync: {steps: [{type: plugin, path: plugins/one.wasm}]}
  - {name: plain, build: {}}
  - {name: scripted, build: {}, sync: {steps: [{type: script, command: ls}]}}
  - {name: plainly, build: {}, sync: {steps: [{type: script, command: ls}]}}
  - {name: remote, build: {}, sync: {steps: [{type: plugin, url: "https://x/y.wasm", sha256: ${'0'.repeat(64)}}]}}
  - {name: stranger, build: {}, sync: {steps: [{type: plugin, path: x.wasm, canisters: [plain]}]}}
networks:
  - {name: net, mode: connected, url: "http://127.0.0.1:4943", root-key: fetch}
environments:
  - {name: dev, network: net, canisters: [frontend, plain, backend]}
  - {name: all, network: net}
  - {name: none, network: net, canisters: []}
`;
const project = await parseProject(MANIFEST, '/project');
const ids = new Map([
  ['frontend', FRONTEND],
  ['backend', BACKEND],
  ['scripted', BACKEND],
  ['remote', BACKEND],
  ['stranger', BACKEND],
]);
type Request = SyncRequest & { readonly environment: string };
const plan = ({ environment, ...request }: Request) =>
  planSync(project, deploymentOf(project, environment, ids), request);

describe('which canisters', () => {
  test('those of the environment that have steps, in the order of the project', () => {
    const { canisters, withoutSteps } = plan({ environment: 'dev' });
    expect(canisters.map(({ name, id }) => [name, id])).toEqual([
      ['backend', BACKEND],
      ['frontend', FRONTEND],
    ]);
    expect(withoutSteps).toEqual(['plain']);
  });

  test('those named, each once, in the order named', () => {
    const { canisters } = plan({ environment: 'dev', canisters: ['backend', 'frontend', 'backend'] });
    expect(canisters.map(({ name }) => name)).toEqual(['backend', 'frontend']);
  });

  test('none when the environment has none', () => {
    expect(plan({ environment: 'none' }).canisters).toEqual([]);
  });
});

test('steps keep their order, and know their plugin’s file and whom they may call', () => {
  const [backend] = plan({ environment: 'dev', canisters: ['backend'] }).canisters;
  expect(backend?.steps).toMatchObject([
    {
      kind: 'plugin',
      label: 'plugins/one.wasm',
      source: { path: '/project/plugins/one.wasm' },
      callable: new Map([['frontend', FRONTEND]]),
    },
    { kind: 'plugin', source: { path: '/abs/two.wasm' }, callable: new Map() },
  ]);
});

test('a plugin by its address keeps it', () => {
  const [remote] = plan({ environment: 'all', canisters: ['remote'] }).canisters;
  expect(remote?.steps).toMatchObject([{ label: 'https://x/y.wasm', source: { url: 'https://x/y.wasm' } }]);
});

test('a script is told what icp-cli tells it', () => {
  const [scripted] = plan({ environment: 'all', canisters: ['scripted'] }).canisters;
  expect(scripted?.steps).toEqual([
    {
      kind: 'script',
      label: 'ls',
      commands: ['ls'],
      variables: {
        ICP_CLI_ENVIRONMENT: 'all',
        ICP_CLI_NETWORK: 'net',
        ICP_CLI_CID: BACKEND,
        ICP_CLI_CID_BACKEND: BACKEND,
        ICP_CLI_CID_FRONTEND: FRONTEND,
        ICP_CLI_CID_REMOTE: BACKEND,
        ICP_CLI_CID_SCRIPTED: BACKEND,
        ICP_CLI_CID_STRANGER: BACKEND,
      },
    },
  ]);
});

test('the network, the proxy and the ids go along', () => {
  const planned = plan({ environment: 'dev', proxyCanisterId: FRONTEND });
  expect(planned.network.apiUrl).toBe('http://127.0.0.1:4943/');
  expect(planned.proxyCanisterId).toBe(FRONTEND);
  expect(planned.canisters[0]?.knownIds.map(({ name }) => name)).toEqual([
    'backend',
    'frontend',
    'remote',
    'scripted',
    'stranger',
  ]);
});

test('`managed` is the proxy canister that the network comes with', () => {
  const deployment = deploymentOf(project, 'dev', ids);
  const managed = { ...deployment, network: { ...deployment.network, proxyCanisterId: BACKEND } };
  expect(planSync(project, managed, { proxyCanisterId: 'managed' }).proxyCanisterId).toBe(BACKEND);
});

test.each<[string, Request, string, RegExp]>([
  ['an unknown environment', { environment: 'prod' }, 'ENVIRONMENT_NOT_FOUND', /prod/],
  ['an unknown canister', { environment: 'dev', canisters: ['backed'] }, 'CANISTER_NOT_FOUND', /backed/],
  [
    'a canister of another environment',
    { environment: 'dev', canisters: ['scripted'] },
    'CANISTER_NOT_FOUND',
    /dev has no canister named scripted/,
  ],
  [
    'the proxy of a network that has none',
    { environment: 'dev', proxyCanisterId: 'managed' },
    'PROXY_MISSING',
    /network net has no proxy/,
  ],
  ['a canister with no id', { environment: 'all', canisters: ['plainly'] }, 'CANISTER_ID_MISSING', /plainly/],
  [
    'a callable canister with no id',
    { environment: 'all', canisters: ['stranger'] },
    'MANIFEST_INVALID',
    /icp\.yaml:16:\d+: .*lists canister `plain` as callable/,
  ],
  [
    'a proxy that is no principal',
    { environment: 'dev', proxyCanisterId: 'x' },
    'INVALID_PRINCIPAL',
    /proxy: x/,
  ],
])('%s is refused', (_, request, code, says) => {
  expect(() => plan(request)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(says) }),
  );
});

test('a canister that was never deployed is refused, naming the file its id would be in', () => {
  const file = '.icp/data/mappings/dev.ids.json';
  const undeployed = { ...deploymentOf(project, 'dev', new Map()), ids: { byName: new Map(), file } };
  expect(() => planSync(project, undeployed)).toThrow(
    expect.objectContaining({
      code: 'CANISTER_ID_MISSING',
      message: 'canister backend has no id in environment dev',
      hint: expect.stringContaining('.icp/data/mappings/dev.ids.json'),
    }),
  );
});
