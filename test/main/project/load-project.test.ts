import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCanisterIds } from '#src/main/project/canister-ids.js';
import { loadProject, parseProject } from '#src/main/project/load-project.js';
import type { PluginStep } from '#src/main/project/project-model.js';
import { findProjectRoot } from '#src/main/project/project-root.js';

const folder = mkdtempSync(join(tmpdir(), 'sandpool-project-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HEX_64 = 'AbCd'.repeat(16);
const ROOT_KEY = 'aB'.repeat(133);

const FULL = `
# everything that is read, and things that are not
canisters:
  - name: back-end_1
    build:
      steps:
        - {type: script, command: cargo build, anything: [goes]}
    settings: {compute_allocation: 5, log_visibility: {allowed_viewers: [aaaaa-aa]}}
    init_args: "(42)"
    sync:
      steps:
        - type: plugin
          path: ./plugins/populate.wasm
          sha256: ${HEX_64}
          dirs: [data/a, data/b]
          files:
            - config.txt
        - type: plugin
          path: plugins/second.wasm
          files:
            seed: [data/a, ../shared]
            "10": ten
            "2": two
          fields: {region: eu, retries: 3, __proto__: x, Area: true}
          canisters: [other]
        - type: script
          commands: [echo a, echo b]
  - name: other
    build: {steps: []}
    sync: ~
  - name: from-recipe
    recipe: {type: "@dfinity/rust@v3.0.0", configuration: {package: x}}
networks:
  - name: staging
    mode: connected
    url: HTTP://Localhost:4943
    root-key: fetch
  - name: pinned
    mode: connected
    api-url: https://api.example.com/base
    http-gateway-url: https://example.com
    root-key: ${ROOT_KEY}
  - name: here
    mode: managed
    gateway: {port: 0}
environments:
  - name: staging
    network: staging
    canisters: [other, back-end_1, other]
    settings: {other: {memory_allocation: 1gib}}
  - name: empty
    canisters: []
  - name: all
    network: pinned
    canisters: ~
`;

describe('a full manifest', async () => {
  const project = await parseProject(FULL, '/project');

  test('canisters keep their order; build, settings and arguments are left alone', () => {
    expect([...project.canisters.keys()]).toEqual(['back-end_1', 'other', 'from-recipe']);
    expect(project.canisters.get('other')?.sync).toEqual({ kind: 'steps', steps: [] });
    expect(project.canisters.get('from-recipe')?.sync).toMatchObject({
      kind: 'recipe',
      recipe: { type: '@dfinity/rust@v3.0.0' },
    });
    expect(project.canisters.get('other')?.folder).toBe('/project');
  });

  test('plugin steps in both forms, with the place of each path', () => {
    const sync = project.canisters.get('back-end_1')?.sync;
    const [first, second, third] = sync?.kind === 'steps' ? sync.steps : [];
    expect(first).toMatchObject({
      type: 'plugin',
      source: { kind: 'path', path: './plugins/populate.wasm' },
      sha256: HEX_64.toLowerCase(),
      directories: { form: 'list', paths: [{ path: 'data/a' }, { path: 'data/b' }] },
      files: {
        form: 'list',
        paths: [{ path: 'config.txt', position: { file: 'icp.yaml', line: 17, column: 15 } }],
      },
    });
    expect((second as PluginStep).files).toMatchObject({
      form: 'map',
      paths: [
        { key: 'seed', path: 'data/a' },
        { key: 'seed', path: '../shared' },
        { key: '10', path: 'ten' },
        { key: '2', path: 'two' },
      ],
    });
    expect((second as PluginStep).fields).toEqual([
      { name: 'Area', value: 'true' },
      { name: '__proto__', value: 'x' },
      { name: 'region', value: 'eu' },
      { name: 'retries', value: '3' },
    ]);
    expect((second as PluginStep).canisters).toMatchObject([{ name: 'other' }]);
    expect(third).toMatchObject({ type: 'script', commands: ['echo a', 'echo b'] });
  });

  test('networks', () => {
    expect(project.networks.get('staging')).toEqual({
      mode: 'connected',
      name: 'staging',
      apiUrl: 'http://localhost:4943/',
      gatewayUrl: 'http://localhost:4943/',
      rootKey: { kind: 'fetch' },
    });
    expect(project.networks.get('pinned')).toMatchObject({
      apiUrl: 'https://api.example.com/base',
      gatewayUrl: 'https://example.com/',
      rootKey: { kind: 'pinned', hex: ROOT_KEY.toLowerCase() },
    });
    expect(project.networks.get('here')?.mode).toBe('managed');
    expect(project.networks.get('ic')).toMatchObject({
      apiUrl: 'https://icp-api.io/',
      rootKey: { kind: 'mainnet' },
    });
    expect(project.networks.get('local')).toEqual({ mode: 'managed', name: 'local' });
  });

  test('environments: listed, none, all, and the two that always exist', () => {
    expect(project.environments.get('staging')).toEqual({
      name: 'staging',
      network: 'staging',
      canisters: ['back-end_1', 'other'],
      undeclaredIn: [],
    });
    expect(project.environments.get('empty')).toMatchObject({ network: 'local', canisters: [] });
    const all = ['back-end_1', 'other', 'from-recipe'];
    expect(project.environments.get('all')?.canisters).toEqual(all);
    expect(project.environments.get('local')).toMatchObject({ network: 'local', canisters: all });
    expect(project.environments.get('ic')).toMatchObject({ network: 'ic', canisters: all });
  });
});

test.each(['', '# nothing\n', '---\n', '{}'])('an empty manifest (%j) is an empty project', async (text) => {
  const project = await parseProject(text, '/project');
  expect(project.canisters.size).toBe(0);
  expect([...project.environments.keys()]).toEqual(['local', 'ic']);
});

test('aliases are followed', async () => {
  const project = await parseProject(
    'canisters:\n  - {name: a, build: &b {steps: []}}\n  - {name: c, build: *b}\nenvironments: [{name: x, canisters: &l [a]}, {name: y, canisters: *l}]',
    '/project',
  );
  expect(project.environments.get('y')?.canisters).toEqual(['a']);
});

test('an environment may declare local and ic anew', async () => {
  const project = await parseProject('environments:\n  - {name: local, network: ic}\n', '/project');
  expect(project.environments.get('local')?.network).toBe('ic');
});

// Asked of icp-cli 1.5.0 itself: what it hands to a plugin for each way to write a value.
test.each([
  ['3', '3'],
  ['+5', '5'],
  ['-0', '0'],
  ['0x10', '16'],
  ['-0x10', '-16'],
  ['0o17', '15'],
  ['0b11', '3'],
  ['017', '017'],
  ['1_000', '1_000'],
  ['0X1F', '0X1F'],
  ['1.50', '1.5'],
  ['.5', '0.5'],
  ['5.', '5'],
  ['1.0', '1'],
  ['1e3', '1000'],
  ['12e03', '12000'],
  ['1e20', '100000000000000000000'],
  ['123456789012345680.0', '123456789012345680'],
  ['9007199254740993', '9007199254740993'],
  ['18446744073709551615', '18446744073709551615'],
  ['1e-7', '0.0000001'],
  ['0.00001', '0.00001'],
  ['-1.5', '-1.5'],
  ['.inf', 'inf'],
  ['-.inf', '-inf'],
  ['.nan', 'NaN'],
  ['true', 'true'],
  ['TRUE', 'true'],
  ['False', 'false'],
  ['yes', 'yes'],
  ['on', 'on'],
  ['2020-01-01', '2020-01-01'],
  ['"3.10"', '3.10'],
  ["'null'", 'null'],
  ['!!str 3.10', '3.10'],
])('a field written %s is the text %s', async (written, text) => {
  const manifest = `canisters:\n  - name: a\n    build: {}\n    sync:\n      steps:\n        - type: plugin\n          path: p\n          fields:\n            f: ${written}\n`;
  const sync = (await parseProject(manifest, '/p')).canisters.get('a')?.sync;
  const step = sync?.kind === 'steps' ? sync.steps[0] : undefined;
  expect((step as PluginStep).fields).toEqual([{ name: 'f', value: text }]);
});

describe('on disk', () => {
  const root = join(folder, 'project');
  const inner = join(root, 'deep', 'down');
  mkdirSync(inner, { recursive: true });
  writeFileSync(
    join(root, 'icp.yaml'),
    'networks: [{name: net, mode: connected, url: "http://x", root-key: fetch}]\nenvironments: [{name: dev, network: net}]\n',
  );
  const other = join(folder, 'other');
  mkdirSync(other);

  test('the root is the nearest folder upwards that holds icp.yaml', () => {
    expect(findProjectRoot({ folder: inner })).toBe(root);
    expect(findProjectRoot({ folder: root })).toBe(root);
    expect(() => findProjectRoot({ folder: other })).toThrow(
      expect.objectContaining({ code: 'PROJECT_NOT_FOUND' }),
    );
  });

  test('an override is taken as it is, and nothing else is searched', () => {
    expect(findProjectRoot({ folder: other, override: '../project' })).toBe(root);
    expect(() => findProjectRoot({ folder: root, override: inner })).toThrow(
      expect.objectContaining({ code: 'PROJECT_NOT_FOUND', details: { path: inner } }),
    );
  });

  test('ids are read from the environment’s file, and absent ones are none', async () => {
    const project = await loadProject(root);
    const environment = project.environments.get('dev');
    if (environment === undefined) throw new Error('no environment');
    expect((await readCanisterIds(project, environment)).byName.size).toBe(0);
    const ids = join(root, '.icp/data/mappings');
    mkdirSync(ids, { recursive: true });
    writeFileSync(
      join(ids, 'dev.ids.json'),
      '{\n  "a": "aaaaa-aa",\n  "b": "rrkah-fqaaa-aaaaa-aaaaq-cai"\n}\n',
    );
    expect([...(await readCanisterIds(project, environment)).byName]).toEqual([
      ['a', 'aaaaa-aa'],
      ['b', 'rrkah-fqaaa-aaaaa-aaaaq-cai'],
    ]);
    writeFileSync(join(ids, 'dev.ids.json'), '{\n  "a": "rrkah-fqaaa-aaaaa-aaaaq-caj"\n}\n');
    await expect(readCanisterIds(project, environment)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      details: { file: '.icp/data/mappings/dev.ids.json', line: 2, column: 8 },
    });
    writeFileSync(join(ids, 'dev.ids.json'), '{"a": ');
    await expect(readCanisterIds(project, environment)).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  test('a manifest that is not UTF-8 is refused at the byte', async () => {
    const bad = join(folder, 'bad');
    mkdirSync(bad);
    writeFileSync(join(bad, 'icp.yaml'), Buffer.from('canisters: []\n# caf\xe9\n', 'latin1'));
    await expect(loadProject(bad)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      details: { line: 2, column: 6 },
    });
  });

  test('a manifest that is a folder cannot be read', async () => {
    const bad = join(folder, 'folder');
    mkdirSync(join(bad, 'icp.yaml'), { recursive: true });
    await expect(loadProject(bad)).rejects.toMatchObject({
      code: 'MANIFEST_UNREADABLE',
      details: { reason: 'EISDIR' },
    });
  });
});
