// A plugin that goes after all that is not its own, in the real command on a real network: keys, variables and paths
// of the host, other canisters, the network itself. The command knows a secret key and a secret variable; neither they
// nor the project's place on disk show anywhere.

import { generateKeyPairSync } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { type CommandResult, makeProject, removeProject, sandpool } from '../../main/cli/command-line.js';
import { attack, componentOf } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const VARIABLE = 'a variable that nobody is to know';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const SIGNER = Principal.selfAuthenticating(publicKey.export({ type: 'spki', format: 'der' })).toText();
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const KEY = PEM.split('\n')[1] ?? '';

const TAKES_ALL_IT_CAN = `;; Prints its environment variables, its arguments, its directory's entries and its input's texts, and then reads the
;; key and the variables by paths that it guesses.

(import "wasi:cli/environment@WASI" "get-environment" (func $get-environment (param i32)))
(import "wasi:cli/environment@WASI" "get-arguments" (func $get-arguments (param i32)))
(import "wasi:cli/environment@WASI" "initial-cwd" (func $initial-cwd (param i32)))

(func $run (result i32)
  (call $get-environment (i32.const 64))
  (call $print (call $decimal (i64.extend_i32_u (i32.load (i32.const 68)))))
  (call $get-arguments (i32.const 64))
  (call $print (call $decimal (i64.extend_i32_u (i32.load (i32.const 68)))))
  (call $initial-cwd (i32.const 64))
  (call $print (call $decimal (i64.extend_i32_u (i32.load8_u (i32.const 64)))))
  (call $print (text "\\n"))
  (call $print (call $environment))
  (call $try (text "../key.pem"))
  (call $try (text "../../key.pem"))
  (call $try (text "/proc/self/environ"))
  (call $try (text "../icp.yaml"))
  (i32.load (i32.const -4))
  (drop)
  (call $ok))

(func $try (param $path i32) (param $length i32)
  (call $open-at (call $directory) (i32.const 1) (local.get $path) (local.get $length) (i32.const 0) (i32.const 1) (i32.const 64))
  (if (i32.eqz (i32.load8_u (i32.const 64)))
    (then (drop (call $print-descriptor (i32.load (i32.const 68)))))))
`;

const pool = poolForTests(['opens-socket', 'counts-environment']);

let network: Localnet;
let server: Server;
let requests = 0;
let folder: string;
let outputs: readonly CommandResult[];

beforeAll(async () => {
  network = await startLocalnet({
    controllers: [SIGNER],
    canisters: [
      { kind: 'kv', name: 'thief' },
      { kind: 'kv', name: 'caller' },
      { kind: 'kv', name: 'victim' },
    ],
  });
  server = createServer((_request, response) => {
    requests += 1;
    response.end('hello');
  }).listen(0, '127.0.0.1');
  folder = makeProject({
    network,
    steps: {
      thief: '[{type: plugin, path: takes.wasm, dirs: [data]}]',
      caller: '[{type: plugin, path: calls.wasm, fields: {subject: victim}}]',
    },
    files: {
      'key.pem': PEM,
      'data/apple.txt': 'a red one\n',
      'takes.wasm': await componentOf(TAKES_ALL_IT_CAN),
      'calls.wasm': await componentOf('names-target', '0.2'),
    },
  });
  const variables = { SECRET: VARIABLE, SANDPOOL_SECRET: VARIABLE, NODE_SECRET: VARIABLE };
  const words = ['sync', '--environment', 'test', '--identity', 'key.pem'];
  outputs = [
    await sandpool(words, folder, variables),
    await sandpool([...words, '--json'], folder, variables),
  ];
}, 60_000);
afterAll(async () => {
  server.close();
  await network.close();
  removeProject(folder);
});

test('a plugin learns nothing that its input does not say, and nothing shows in what is printed', () => {
  for (const { stdout, stderr } of outputs) {
    const all = stdout + stderr;
    expect(all).toContain('PLUGIN_TRAPPED');
    expect(all).toMatch(/\| 000$|"000"/m);
    expect(all).not.toContain(KEY);
    expect(all).not.toContain('PRIVATE KEY');
    expect(all).not.toContain(VARIABLE);
    expect(all).not.toContain('PATH=');
    // Neither where the project is nor where the host's own files are.
    expect(all).not.toContain(folder);
    expect(all).not.toContain(realpathSync(folder));
    expect(all).not.toMatch(/node_modules|file:\/\/|\bat .*:\d+:\d+/);
  }
});

test('a canister that the step does not list is not called', () => {
  const victim = network.canisters.find(({ name }) => name === 'victim')?.id ?? '';
  for (const { stdout, stderr } of outputs) {
    expect(stdout + stderr).toContain("plugin is not permitted to call canister 'victim'");
  }
  expect(network.statistics().canisters[victim]?.queries ?? {}).toEqual({});
  expect(network.statistics().canisters[victim]?.updates ?? {}).toEqual({});
});

test('a socket is refused, and so is the name of a host', async () => {
  const ACCESS_DENIED = 1;
  const { ending } = await attack(pool(), 'opens-socket');
  expect(ending).toBe(`error: refused with ${ACCESS_DENIED}`);
});

test('the variables of this process are none of the guest’s', async () => {
  process.env['SANDPOOL_ADVERSARIAL'] = VARIABLE;
  try {
    expect((await attack(pool(), 'counts-environment')).ending).toBe('error: variables 0, arguments 0');
  } finally {
    delete process.env['SANDPOOL_ADVERSARIAL'];
  }
});

test.each([
  ['http://127.0.0.1:PORT/plugin.wasm', 'DOWNLOAD_REFUSED'],
  ['http://localhost:PORT/plugin.wasm', 'DOWNLOAD_REFUSED'],
  ['http://[::ffff:127.0.0.1]:PORT/plugin.wasm', 'DOWNLOAD_REFUSED'],
  ['http://169.254.169.254/latest/meta-data', 'DOWNLOAD_REFUSED'],
  ['file:///etc/passwd', 'MANIFEST_INVALID'],
])('a project of another network, whose plugin is at %s, gets nothing from there', async (address, code) => {
  const { port } = server.address() as AddressInfo;
  const url = address.replace('PORT', `${port}`);
  const project = makeProject({
    network: { ...network, url: 'https://network.example' },
    steps: { thief: `[{type: plugin, url: "${url}", sha256: "${'0'.repeat(64)}"}]` },
  });
  try {
    const { exitCode, stdout, stderr } = await sandpool(
      ['sync', '--environment', 'test', '--dry-run'],
      project,
    );
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain(code);
    expect(requests).toBe(0);
  } finally {
    removeProject(project);
  }
});

test.each(['a hash of another', 'upper case'])('the sha256 of a plugin: %s', async (which) => {
  const bytes = await componentOf('counts-environment');
  const { sha256 } = await pool().prepare({ bytes });
  const given =
    which === 'upper case'
      ? sha256.toUpperCase()
      : `${sha256.slice(0, -1)}${sha256.endsWith('0') ? '1' : '0'}`;
  const preparing = pool().prepare({ bytes, sha256: given });
  if (which === 'upper case') await expect(preparing).resolves.toMatchObject({ sha256 });
  else await expect(preparing).rejects.toMatchObject({ code: 'PLUGIN_HASH_MISMATCH' });
});

test('bytes that change after they were handed over are not what is run', async () => {
  const bytes = (await componentOf('counts-environment')).slice();
  const other = await componentOf('opens-socket');
  const preparing = pool().prepare({ bytes });
  bytes.set(other.subarray(0, bytes.length));
  const refuse = async () => ({ tag: 'err', val: 'no' }) as const;
  const result = await pool().run(
    await preparing,
    { canisterId: 'aaaaa-aa', environment: 'hostile', identityPrincipal: '2vxsx-fae' },
    { host: { canisterCall: refuse, canisterMetadataSection: refuse } },
  );
  expect(result).toMatchObject({ ok: false, error: { message: 'variables 0, arguments 0' } });
});
