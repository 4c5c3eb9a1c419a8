import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { dummyComponent, pluginWit } from '../../support/dummy-component.js';
import { eventsOf, makeProject, ofType, removeProject, sandpool, start } from './command-line.js';
import { failing } from './guests.js';

const RECORDS = { 'data/one.txt': 'first', 'data/two.txt': 'second', 'note.txt': 'plums' };

let localnet: Localnet;
let folder: string;
let store: string;

beforeAll(async () => {
  localnet = await startLocalnet({ canisters: [{ kind: 'kv', name: 'store' }] });
  store = localnet.canisters[0]?.id ?? '';
  folder = makeProject({
    network: localnet,
    steps: { store: '[{type: plugin, path: seed.wasm, dirs: [data]}]' },
    files: {
      ...RECORDS,
      'http.wasm': await dummyComponent(
        pluginWit({
          extra: 'import wasi:http/types@0.2.0;',
          packages: 'package wasi:http@0.2.0 { interface types { type x = u8; f: func() -> u8; } }',
        }),
      ),
      'bad.wasm': await failing('\u001b]0;owned\u0007red\u202egnp'),
      'text.wasm': 'not wasm',
    },
  });
});
afterAll(async () => {
  await localnet.close();
  removeProject(folder);
});

describe('usage', () => {
  test.each([
    ['no command', [], 'a command is missing'],
    ['an unknown command', ['synk'], "unknown command 'synk' (Did you mean sync?)"],
    [
      'an unknown option',
      ['sync', '--concurency', '3'],
      "unknown option '--concurency' (Did you mean --concurrency?)",
    ],
    ['an unknown option of the program', ['--verbose'], "unknown option '--verbose'"],
    ['a missing argument', ['inspect'], "missing required argument 'plugin'"],
    ['too many arguments', ['inspect', 'a', 'b'], 'too many arguments'],
    ['a missing option', ['run', 'x.wasm'], "required option '--canister <id>' not specified"],
    ['a missing value', ['sync', '-e'], "option '-e, --environment <name>' argument missing"],
    [
      'a value that is no number',
      ['sync', '--concurrency', 'many'],
      'option --concurrency must be a whole number from 1 to 1000, but is "many"',
    ],
    ['a number that is too small', ['sync', '--concurrency', '0'], 'from 1 to 1000, but is "0"'],
    ['a port that is too large', ['localnet', '--port', '65536'], 'from 0 to 65535'],
    ['an unknown kind of canister', ['localnet', '--canister', 'ledger'], 'one of kv, assets, proxy, test'],
    ['a principal that is none', ['sync', '--proxy', 'me'], '--proxy: "me" is not a principal'],
    [
      'an address that is none',
      ['run', 'x', '--canister', 'aaaaa-aa', '--network', 'x'],
      'option --network must be an address',
    ],
    [
      'a root key that is none',
      ['run', 'x', '--canister', 'aaaaa-aa', '--network', 'http://x', '--root-key', 'ab'],
      '266 hexadecimal characters',
    ],
    [
      'a field with no value',
      ['run', 'seed.wasm', '--canister', 'aaaaa-aa', '--network', 'http://x', '--field', 'x'],
      'option --field must be NAME=VALUE',
    ],
  ])('%s', async (_, words, says) => {
    const { exitCode, stdout, stderr } = await sandpool(words, folder);
    expect(stderr).toContain(says);
    expect(stderr).toMatch(/^error {2}(USAGE|INVALID_OPTION|INVALID_PRINCIPAL): /m);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('help and version go to stdout and are no failure', async () => {
    const [help, version] = await Promise.all([sandpool(['sync', '--help']), sandpool(['--version'])]);
    expect([help.exitCode, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toContain('--concurrency <count>');
    expect(version).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  test('stack traces only when asked for', async () => {
    const { stderr } = await sandpool(['sync', '--debug', '-e', 'nowhere'], folder);
    expect(stderr).toMatch(/ENVIRONMENT_NOT_FOUND(?:.*\n)+\s+at /);
  });
});

describe('inspect', () => {
  test('a plugin that runs here', async () => {
    const { exitCode, stdout, stderr } = await sandpool(['inspect', 'seed.wasm'], folder);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^interface {2}icp:sync-plugin\/types@0\.1\.0$/m);
    expect(stdout).toMatch(/^sha256 {5}[0-9a-f]{64}$/m);
    expect(stdout).toMatch(/^ {11}wasi:filesystem\/types@0\.2\.\d+$/m);
    expect(stdout).toMatch(/^verdict {4}runs here$/m);
  });

  test('one that does not, and why', async () => {
    const { exitCode, stdout, stderr } = await sandpool(['inspect', 'http.wasm'], folder);
    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/^verdict {4}does not run here: IMPORT_DENIED$/m);
    expect(stderr).toContain('http.wasm imports wasi:http/types@0.2.0');
    const json = await sandpool(['inspect', '--json', 'http.wasm'], folder);
    expect(json.stderr).toBe('');
    expect(JSON.parse(json.stdout)).toMatchObject({
      runsHere: false,
      error: { code: 'IMPORT_DENIED' },
      imports: expect.arrayContaining(['wasi:http/types@0.2.0', 'canister-call']),
      exports: ['exec'],
    });
  });

  test.each([
    ['text.wasm', 'NOT_WASM'],
    ['absent.wasm', 'PLUGIN_NOT_FOUND'],
    ['data', 'PLUGIN_UNREADABLE'],
  ])('%s is %s', async (file, code) => {
    const { exitCode, stderr } = await sandpool(['inspect', file], folder);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(new RegExp(`^error  ${code}: `));
  });
});

describe('run', () => {
  const target = () => ['--canister', store, '--network', localnet.url];

  test('one plugin against one canister', async () => {
    const words = ['run', 'seed.wasm', ...target(), '--dir', 'data', '--file', 'note.txt', '--json'];
    const result = await sandpool(words, folder);
    expect(result.stderr).toBe('');
    const events = eventsOf(result);
    expect(ofType(events, 'warning')).toMatchObject([{ message: expect.stringContaining('unverified') }]);
    expect(ofType(events, 'step-finished')).toMatchObject([
      { canister: store, ok: true, statistics: { hostCalls: 3 } },
    ]);
    expect(result.exitCode).toBe(0);
  });

  test('a root key that is given is not fetched, and is what answers are checked against', async () => {
    const words = ['run', 'seed.wasm', ...target(), '--file', 'note.txt', '--root-key'];
    const right = await sandpool([...words, localnet.rootKeyHex, '--json'], folder);
    expect(ofType(eventsOf(right), 'warning')).toEqual([]);
    expect(right.exitCode).toBe(0);
    const wrong = await sandpool([...words, 'mainnet'], folder);
    expect(wrong.stderr).toContain('CERTIFICATE_INVALID');
    expect(wrong.exitCode).toBe(4);
  });

  test('what a plugin says can drive no terminal', async () => {
    const { exitCode, stderr, stdout } = await sandpool(['run', 'bad.wasm', ...target()], folder);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('PLUGIN_FAILED: red');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  });

  test.each([
    ['a hash that differs', ['--sha256', '0'.repeat(64)], 'PLUGIN_HASH_MISMATCH'],
    ['a hash that is none', ['--sha256', 'abc'], 'INVALID_OPTION'],
    ['a directory outside', ['--dir', '/etc'], 'PATH_NOT_CONFINED'],
    ['a file outside', ['--file', '../x'], 'PATH_NOT_CONFINED'],
  ])('%s', async (_, words, code) => {
    const { exitCode, stderr } = await sandpool(['run', 'seed.wasm', ...target(), ...words], folder);
    expect(stderr).toContain(`${code}: `);
    expect(exitCode).toBe(2);
  });
});

describe('localnet', () => {
  test('says how to reach it, answers there, and ends when interrupted', async () => {
    const command = start([
      'localnet',
      '--json',
      '--seed',
      'orchard',
      '--canister',
      'kv:apples',
      '--canister',
      'test',
    ]);
    const { url, rootKey, canisters } = JSON.parse(await command.until('stdout', /\n/));
    expect(rootKey).toMatch(/^[0-9a-f]{266}$/);
    expect(canisters).toMatchObject([
      { name: 'apples', kind: 'kv' },
      { name: 'test', kind: 'test' },
    ]);
    const answer = await fetch(`${url}/api/v2/status`);
    expect(answer.status).toBe(200);
    command.kill('SIGINT');
    const { exitCode, stderr } = await command.ended;
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  test('for people', async () => {
    const command = start(['localnet', '--canister', 'proxy']);
    await command.until('stdout', /^canister {2}proxy {2}\S+ {2}\(proxy\)$/m);
    command.kill('SIGTERM');
    const { exitCode, stdout } = await command.ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^url {7}http:\/\/127\.0\.0\.1:\d+\nroot key {2}[0-9a-f]{266}\n/);
  });

  test('a port that is taken', async () => {
    const { exitCode, stderr } = await sandpool(['localnet', '--port', new URL(localnet.url).port]);
    expect(stderr).toContain('LISTEN_FAILED');
    expect(exitCode).toBe(70);
  });
});

test('a reader of stdout that goes away stops no sync', async () => {
  const before = localnet.statistics().updates;
  const command = start(['sync', '-e', 'test', '--json'], folder);
  await command.until('stdout', /"plan"/);
  command.closeStdout();
  const { exitCode, stderr } = await command.ended;
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(localnet.statistics().updates).toBe(before + 2);
});

test('names from the project cannot drive a terminal either', async () => {
  writeFileSync(join(folder, '.icp/data/mappings/test.ids.json'), JSON.stringify({ 'x\u001b[31m': 'no' }));
  const { stderr } = await sandpool(['sync', '-e', 'test'], folder);
  expect(stderr).toContain('MANIFEST_INVALID');
  expect(stderr).not.toContain('\u001b');
});
