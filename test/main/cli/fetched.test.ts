// Plugins and recipes that a project names by address, fetched by the real command from a real server.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { makeFolder, type TestFolder } from '../../support/folder.js';
import { makeProject, removeProject, sandpool, start } from './command-line.js';

const PLUGIN = readFileSync(
  fileURLToPath(new URL('../../../fixtures/plugins/seed-data-c/plugin.wasm', import.meta.url)),
);
const SHA256 = createHash('sha256').update(PLUGIN).digest('hex');

let localnet: Localnet;
let server: Server;
let address: string;
let requests: string[] = [];
let served: Record<string, string | Uint8Array>;
let cache: TestFolder;

beforeAll(async () => {
  localnet = await startLocalnet({
    canisters: ['alpha', 'beta', 'gamma'].map((name) => ({ kind: 'kv', name })),
  });
  server = createServer(({ url = '' }, response) => {
    requests.push(url);
    if (url.startsWith('/never/')) return;
    const body = served[url];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
  served = { '/seed.wasm': PLUGIN };
  cache = makeFolder();
  return () => cache[Symbol.dispose]();
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await localnet.close();
});

async function sync(
  manifest: { readonly steps?: Record<string, string>; readonly icpYaml?: string },
  words: readonly string[] = [],
) {
  const files = {
    'note.txt': 'a note',
    ...(manifest.icpYaml === undefined ? {} : { 'icp.yaml': manifest.icpYaml }),
  };
  const folder = makeProject({ network: localnet, steps: manifest.steps ?? {}, files });
  try {
    return await sandpool(['sync', '-e', 'test', ...words], folder, { XDG_CACHE_HOME: cache.path });
  } finally {
    removeProject(folder);
  }
}

const byAddress = (sha256 = SHA256) =>
  `[{type: plugin, url: "${address}/seed.wasm", sha256: ${sha256}, files: [note.txt]}]`;

describe('a plugin by its address', () => {
  test('is fetched once for all canisters, and not again while it is kept', async () => {
    const steps = { alpha: byAddress(), beta: byAddress(), gamma: byAddress() };
    expect(await sync({ steps })).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^3 synced/m) });
    expect(requests).toEqual(['/seed.wasm']);
    expect(await sync({ steps })).toMatchObject({ exitCode: 0 });
    expect(requests).toEqual(['/seed.wasm']);
  });

  test('is fetched each time when nothing is to be kept', async () => {
    const steps = { alpha: byAddress(), beta: byAddress() };
    for (const round of [1, 2]) {
      expect(await sync({ steps }, ['--no-cache'])).toMatchObject({ exitCode: 0 });
      expect(requests).toHaveLength(round);
    }
  });

  test('that is another one fails the canisters that need it, and no other', async () => {
    const steps = {
      alpha: byAddress('0'.repeat(64)),
      beta: '[{type: plugin, path: seed.wasm, files: [note.txt]}]',
    };
    const { exitCode, stdout, stderr } = await sync({ steps });
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^alpha +failed: DOWNLOAD_HASH_MISMATCH/m);
    expect(stdout).toMatch(/^beta +synced/m);
    expect(stderr).toContain(SHA256);
  });

  test('that is not there fails with what the server says', async () => {
    served = {};
    const { exitCode, stderr } = await sync({ steps: { alpha: byAddress() } });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/DOWNLOAD_FAILED: .*404/);
  });
});

describe('a recipe by its address', () => {
  const TEMPLATE = `build: {steps: [{type: script, command: "true"}]}
sync: {steps: [{type: plugin, path: seed.wasm, files: ["{{ note }}"]}]}
`;
  const icpYaml = (recipe: string) => `canisters:
  - {name: alpha, recipe: ${recipe}}
  - {name: beta, recipe: ${recipe}}
networks: [{name: net, mode: connected, url: "${localnet.url}", root-key: "${localnet.rootKeyHex}"}]
environments: [{name: test, network: net}]
`;

  test('is fetched once and rendered for each canister', async () => {
    served = { '/r.hbs': TEMPLATE };
    const manifest = { icpYaml: icpYaml(`{type: "${address}/r.hbs", configuration: {note: note.txt}}`) };
    expect(await sync(manifest)).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^2 synced/m) });
    expect(requests).toEqual(['/r.hbs']);
    expect(await sync(manifest)).toMatchObject({ exitCode: 0 });
    expect(requests).toEqual(['/r.hbs']);
  });

  test.each([
    ['that lacks a value', TEMPLATE, '{}', /RECIPE_INVALID: .*note.*\(asked for at icp\.yaml:2:\d+\)/],
    [
      'that renders to no manifest',
      'sync: [',
      '{}',
      /MANIFEST_INVALID: recipe .*not valid YAML.*\(asked for at icp\.yaml:2:\d+\)/,
    ],
    [
      'that renders to a wrong step',
      'build: {}\nsync: {steps: [{type: x}]}',
      '{}',
      /MANIFEST_INVALID: recipe .*:2:\d+: .*`x`.*\(asked for at icp\.yaml:2:\d+\)/,
    ],
    ['that renders to no build', 'sync: {steps: []}', '{}', /MANIFEST_INVALID: .*`build`/],
  ])(
    '%s is refused with the place that asks for it, and not kept',
    async (_, template, configuration, says) => {
      served = { '/r.hbs': template };
      const manifest = { icpYaml: icpYaml(`{type: "${address}/r.hbs", configuration: ${configuration}}`) };
      const { exitCode, stderr } = await sync(manifest);
      expect(stderr).toMatch(says);
      expect(exitCode).toBe(2);
      await sync(manifest);
      expect(requests).toEqual(['/r.hbs', '/r.hbs']);
    },
  );

  test('of a canister that is not synced is left alone', async () => {
    const manifest = {
      icpYaml: icpYaml(`{type: "${address}/r.hbs"}`).replace(
        / {2}- \{name: beta.*\n/,
        '  - {name: beta, build: {}}\n',
      ),
    };
    expect(await sync(manifest, ['beta'])).toMatchObject({ exitCode: 0 });
    expect(requests).toEqual([]);
  });
});

describe('what never arrives', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) removeProject(folder);
  });

  async function interrupted(
    steps: Record<string, string>,
    icpYaml: string | undefined,
    words: readonly string[],
  ) {
    const folder = makeProject({
      network: localnet,
      steps,
      files: icpYaml === undefined ? {} : { 'icp.yaml': icpYaml },
    });
    folders.push(folder);
    const command = start(['sync', '-e', 'test', '--json', ...words], folder, { XDG_CACHE_HOME: cache.path });
    await expect
      .poll(() => requests.filter((url) => url.startsWith('/never/')).length, { timeout: 20_000 })
      .toBe(1);
    command.kill('SIGINT');
    return command.ended;
  }

  const never = () => `[{type: plugin, url: "${address}/never/p.wasm", sha256: ${SHA256}}]`;

  test.each(['a sync', 'a dry run'])('a plugin does not keep Ctrl-C waiting in %s', async (what) => {
    const words = what === 'a dry run' ? ['--dry-run'] : [];
    expect(await interrupted({ alpha: never() }, undefined, words)).toMatchObject({
      exitCode: 130,
      signal: null,
    });
  });

  test('a recipe does not either', async () => {
    const icpYaml = `canisters: [{name: alpha, recipe: {type: "${address}/never/r.hbs"}}]
networks: [{name: net, mode: connected, url: "${localnet.url}", root-key: fetch}]
environments: [{name: test, network: net}]
`;
    expect(await interrupted({}, icpYaml, [])).toMatchObject({ exitCode: 130, signal: null });
  });

  test('a plugin of one canister does not keep --fail-fast waiting', { timeout: 30_000 }, async () => {
    const steps = { alpha: never(), beta: '[{type: script, command: "exit 1"}]' };
    const { exitCode, stdout } = await sync({ steps }, ['--fail-fast']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^alpha +cancelled/m);
  });
});

test('a secret in an address is not shown, wherever the address is', async () => {
  const secret = 'http://someone:s3cret@127.0.0.1:1/?token=t0ken';
  const icpYaml = `canisters:
  - {name: alpha, build: {}, sync: {steps: [{type: plugin, url: "${secret}", sha256: ${SHA256}}]}}
networks: [{name: net, mode: connected, url: "${secret}", root-key: fetch}]
environments: [{name: test, network: net}]
`;
  const report = join(cache.path, 'report.json');
  const outputs = [
    await sync({ icpYaml }, ['--dry-run']),
    await sync({ icpYaml }, ['--report', report]),
    await sync({ icpYaml }, ['--json', '--debug']),
  ];
  for (const { stdout, stderr } of outputs) {
    expect(stdout + stderr).toContain('127.0.0.1:1');
    expect(stdout + stderr).not.toMatch(/s3cret|t0ken/);
  }
  expect(readFileSync(report, 'utf8')).toContain('127.0.0.1:1');
  expect(readFileSync(report, 'utf8')).not.toMatch(/s3cret|t0ken/);
});
