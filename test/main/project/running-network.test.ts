import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDeployment } from '#src/main/project/deployment.js';
import { loadProject } from '#src/main/project/load-project.js';
import { readRunningNetwork } from '#src/main/project/running-network.js';
import { makeFolder, type TestFolder } from '../../support/folder.js';

const KEY = `308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100${'a7'.repeat(96)}`;
const PROXY = 'br5f7-7uaaa-aaaaa-qaaca-cai';
const FILE = '.icp/cache/networks/local/descriptor.json';

/** As icp-cli 1.5.0 writes it. */
function descriptor(more: object = {}, gateway: object = {}): string {
  return JSON.stringify(
    {
      v: '1',
      id: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
      'project-dir': '/somewhere',
      network: 'local',
      'network-dir': '/somewhere/.icp/cache/networks/local',
      gateway: { fixed: false, port: 4999, host: 'localhost', ip: '127.0.0.1', ...gateway },
      'child-locator': { type: 'pid', pid: 1, 'start-time': 0 },
      'root-key': KEY,
      'pocketic-config-port': null,
      'proxy-canister-id': PROXY,
      ...more,
    },
    null,
    2,
  );
}

const read = (folder: TestFolder) =>
  readRunningNetwork(folder.path, 'local', join(folder.path, 'port-descriptors'));

test('a network is reached where it says that it is', async () => {
  using folder = makeFolder({ [FILE]: descriptor() });
  expect(await read(folder)).toEqual({
    mode: 'connected',
    name: 'local',
    apiUrl: 'http://localhost:4999/',
    gatewayUrl: 'http://localhost:4999/',
    rootKey: { kind: 'pinned', hex: KEY },
    proxyCanisterId: PROXY,
  });
});

test('without a host it is this one; without a proxy canister it has none', async () => {
  using folder = makeFolder({
    [FILE]: descriptor({ 'proxy-canister-id': null }, { host: undefined }),
  });
  const { apiUrl, proxyCanisterId } = await read(folder);
  expect([apiUrl, proxyCanisterId]).toEqual(['http://localhost:4999/', undefined]);
});

test('one that is not there is not running', async () => {
  using folder = makeFolder();
  await expect(read(folder)).rejects.toMatchObject({
    code: 'NETWORK_NOT_RUNNING',
    hint: expect.stringContaining('icp network start local'),
  });
});

describe('a port that only one project can have', () => {
  const fixed = { [FILE]: descriptor({}, { fixed: true }) };

  test('is this one’s when the user’s own folder says so too', async () => {
    using folder = makeFolder({ ...fixed, 'port-descriptors/4999.json': descriptor() });
    expect((await read(folder)).name).toBe('local');
  });

  test('is nobody’s when it says nothing', async () => {
    using folder = makeFolder(fixed);
    await expect(read(folder)).rejects.toMatchObject({ code: 'NETWORK_NOT_RUNNING' });
  });

  test('is another’s when it says so', async () => {
    const other = descriptor({ id: 'another', network: 'theirs', 'project-dir': '/their/project' });
    using folder = makeFolder({ ...fixed, 'port-descriptors/4999.json': other });
    await expect(read(folder)).rejects.toMatchObject({
      code: 'NETWORK_OF_OTHER_PROJECT',
      message:
        'the port of the network local is in use by the network theirs of the project in /their/project',
    });
  });
});

test.each([
  ['is cut off', '{"v": "1", '],
  ['is no map', '[]'],
  ['has no gateway', descriptor({ gateway: undefined })],
  ['has no port', descriptor({}, { port: undefined })],
  ['has a port that is none', descriptor({}, { port: 99_999 })],
  ['has a key that is none', descriptor({ 'root-key': 'mainnet' })],
  ['has a proxy that is no principal', descriptor({ 'proxy-canister-id': 'x' })],
])('a description that %s is refused with its place', async (_, text) => {
  using folder = makeFolder({ [FILE]: text });
  await expect(read(folder)).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: expect.stringMatching(/^\.icp\/cache\/networks\/local\/descriptor\.json:\d+:\d+: /),
  });
});

test('the ids of a managed network are those in the cache', async () => {
  using folder = makeFolder({
    'icp.yaml': 'canisters: []\n',
    [FILE]: descriptor(),
    '.icp/cache/mappings/local.ids.json': `{"a": "${PROXY}"}`,
    '.icp/data/mappings/local.ids.json': '{"b": "aaaaa-aa"}',
  });
  const { ids, network } = await readDeployment(await loadProject(folder.path), 'local');
  expect([...ids.byName]).toEqual([['a', PROXY]]);
  expect(network.apiUrl).toBe('http://localhost:4999/');
});
