import { describe, expect, test } from 'vitest';
import type { CanisterIds } from '#src/main/project/canister-ids.js';
import { parseProject } from '#src/main/project/load-project.js';
import { planSync, type SyncRequest } from '#src/main/sync/plan.js';

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
  - {name: cooked, recipe: {type: "file://x"}}
  - {name: remote, build: {}, sync: {steps: [{type: plugin, url: "https://x/y.wasm", sha256: ${'0'.repeat(64)}}]}}
  - {name: stranger, build: {}, sync: {steps: [{type: plugin, path: x.wasm, canisters: [plain]}]}}
networks:
  - {name: net, mode: connected, url: "http://127.0.0.1:4943", root-key: fetch}
environments:
  - {name: dev, network: net, canisters: [frontend, plain, backend]}
  - {name: all, network: net}
  - {name: none, network: net, canisters: []}
`;
const project = parseProject(MANIFEST, '/project');
const ids: CanisterIds = {
  file: '.icp/data/mappings/dev.ids.json',
  byName: new Map([
    ['frontend', FRONTEND],
    ['backend', BACKEND],
    ['cooked', BACKEND],
    ['scripted', BACKEND],
    ['remote', BACKEND],
    ['stranger', BACKEND],
  ]),
};
const plan = (request: SyncRequest) => planSync(project, ids, request);

describe('which canisters', () => {
  test('those of the environment that have steps, in its order', () => {
    const { canisters, withoutSteps } = plan({ environment: 'dev' });
    expect(canisters.map(({ name, id }) => [name, id])).toEqual([
      ['frontend', FRONTEND],
      ['backend', BACKEND],
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
  expect(backend?.steps.map(({ plugin, pluginPath }) => [plugin, pluginPath])).toEqual([
    ['plugins/one.wasm', '/project/plugins/one.wasm'],
    ['/abs/two.wasm', '/abs/two.wasm'],
  ]);
  expect([...(backend?.steps[0]?.callable ?? [])]).toEqual([['frontend', FRONTEND]]);
  expect(backend?.steps[1]?.callable.size).toBe(0);
});

test('the network, the proxy and the ids go along', () => {
  const planned = plan({ environment: 'dev', proxyCanisterId: FRONTEND });
  expect(planned.network.apiUrl).toBe('http://127.0.0.1:4943/');
  expect(planned.proxyCanisterId).toBe(FRONTEND);
  expect(planned.canisterIds.map(({ name }) => name)).toEqual([
    'backend',
    'cooked',
    'frontend',
    'remote',
    'scripted',
    'stranger',
  ]);
});

test.each<[string, SyncRequest, string, RegExp]>([
  ['an unknown environment', { environment: 'prod' }, 'ENVIRONMENT_NOT_FOUND', /prod/],
  ['an unknown canister', { environment: 'dev', canisters: ['backed'] }, 'CANISTER_NOT_FOUND', /backed/],
  [
    'a canister of another environment',
    { environment: 'dev', canisters: ['scripted'] },
    'CANISTER_NOT_FOUND',
    /dev has no canister named scripted/,
  ],
  [
    'a managed network',
    { environment: 'local', canisters: ['backend'] },
    'PROJECT_UNSUPPORTED',
    /managed network `local`/,
  ],
  [
    'a script step',
    { environment: 'all', canisters: ['scripted'] },
    'PROJECT_UNSUPPORTED',
    /icp\.yaml:13:\d+: .*`script`/,
  ],
  [
    'a recipe',
    { environment: 'all', canisters: ['cooked'] },
    'PROJECT_UNSUPPORTED',
    /icp\.yaml:14:\d+: .*recipe/,
  ],
  [
    'a plugin by url',
    { environment: 'all', canisters: ['remote'] },
    'PROJECT_UNSUPPORTED',
    /icp\.yaml:15:\d+: .*`url`/,
  ],
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
  const undeployed: CanisterIds = { file: ids.file, byName: new Map() };
  expect(() => planSync(project, undeployed, { environment: 'dev' })).toThrow(
    expect.objectContaining({
      code: 'CANISTER_ID_MISSING',
      message: 'canister frontend has no id in environment dev',
      hint: expect.stringContaining('.icp/data/mappings/dev.ids.json'),
    }),
  );
});
