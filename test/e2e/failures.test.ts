// A project in which nearly everything is wrong, each canister in a way of its own: every one fails alone, with
// its own code, a message that names the culprit, and a hint; the others are synced.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { type CommandResult, sandpool } from '../main/cli/command-line.js';
import { callCanister, LOOP, OK, type WatGuest, watPlugin } from '../support/wat-plugin.js';

interface Failure {
  readonly canister: string;
  readonly code: string;
  /** What its message must name. */
  readonly names: string;
  /** The plugin's file, when it is not a guest. */
  readonly file?: Uint8Array;
  readonly guest?: WatGuest;
  /** Further lines of the step. */
  readonly step?: readonly string[];
}

const say = (text: string): WatGuest => ({
  body: '(i32.const 512)',
  items: `(data (i32.const 512) "\\01\\00\\00\\00\\00\\04\\00\\00\\${text.length.toString(16).padStart(2, '0')}\\00\\00\\00") (data (i32.const 1024) "${text}")`,
});

const FAILURES: readonly Failure[] = [
  { canister: 'missing-file', code: 'PLUGIN_NOT_FOUND', names: 'missing-file.wasm' },
  {
    canister: 'wrong-hash',
    code: 'PLUGIN_HASH_MISMATCH',
    names: '0000',
    guest: {},
    step: [`sha256: "${'0'.repeat(64)}"`],
  },
  {
    canister: 'not-wasm',
    code: 'NOT_WASM',
    names: 'not-wasm.wasm',
    file: Buffer.from('#!/bin/sh\nexit 0\n'),
  },
  { canister: 'empty', code: 'NOT_WASM', names: 'empty.wasm', file: new Uint8Array() },
  {
    canister: 'core-module',
    code: 'CORE_MODULE',
    names: 'core-module.wasm',
    file: new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]),
  },
  {
    canister: 'cut',
    code: 'COMPONENT_INVALID',
    names: 'cut.wasm',
    file: new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0, 7, 99]),
  },
  { canister: 'next-interface', code: 'UNSUPPORTED_INTERFACE', names: '0.3.0', guest: { version: '0.3.0' } },
  {
    canister: 'http',
    code: 'IMPORT_DENIED',
    names: 'wasi:http/types@0.2.3',
    guest: {
      extra: 'import wasi:http/types@0.2.3;',
      packages: 'package wasi:http@0.2.3 { interface types { fetch: func(); } }',
      imports: '(import "wasi:http/types@0.2.3" "fetch" (func $fetch))',
    },
  },
  {
    canister: 'no-directory',
    code: 'DIRECTORY_NOT_FOUND',
    names: 'seed/absent',
    guest: {},
    step: ['dirs: [seed/absent]'],
  },
  {
    canister: 'linked',
    code: 'PATH_THROUGH_LINK',
    names: 'seed/link',
    guest: {},
    step: ['dirs: [seed/link]'],
  },
  {
    canister: 'below-link',
    code: 'PATH_THROUGH_LINK',
    names: 'seed/link/below',
    guest: {},
    step: ['dirs: [seed/link/below]'],
  },
  {
    canister: 'no-inline-file',
    code: 'FILE_NOT_FOUND',
    names: 'seed/absent.txt',
    guest: {},
    step: ['files: [seed/absent.txt]'],
  },
  { canister: 'returns-error', code: 'PLUGIN_FAILED', names: 'no seeds left', guest: say('no seeds left') },
  { canister: 'traps', code: 'PLUGIN_TRAPPED', names: 'unreachable', guest: { body: '(unreachable)' } },
  {
    canister: 'traps-in-realloc',
    code: 'PLUGIN_TRAPPED',
    names: 'unreachable',
    guest: { realloc: '(unreachable)' },
  },
  {
    canister: 'exits',
    code: 'PLUGIN_EXITED',
    names: 'exited with 1',
    guest: {
      extra: 'import wasi:cli/exit@0.2.3;',
      packages: 'package wasi:cli@0.2.3 { interface exit { exit: func(status: result); } }',
      imports: '(import "wasi:cli/exit@0.2.3" "exit" (func $exit (param i32)))',
      body: '(call $exit (i32.const 1)) (unreachable)',
    },
  },
  {
    canister: 'loops',
    code: 'COMPUTE_BUDGET_EXCEEDED',
    names: '1000 ms',
    guest: { body: `${LOOP} (unreachable)` },
  },
  {
    canister: 'recurses',
    code: 'STACK_EXHAUSTED',
    names: 'stack',
    guest: { items: '(func $deep (result i32) (i32.add (call $deep) (i32.const 1)))', body: '(call $deep)' },
  },
  {
    canister: 'is-rejected',
    code: 'CANISTER_REJECTED',
    names: 'is-rejected',
    guest: { body: `${callCanister(0)} (i32.const 64)` },
  },
];
const SOUND = ['sound-1', 'sound-2', 'sound-3'];

let folder: string;
let network: Localnet;
let json: CommandResult;
let plain: CommandResult;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failures-'));
  const names = [...FAILURES.map(({ canister }) => canister), ...SOUND];
  network = await startLocalnet({ canisters: names.map((name) => ({ kind: 'kv', name })) });
  await mkdir(join(folder, 'seed/real/below'), { recursive: true });
  await symlink('real', join(folder, 'seed/link'));
  for (const { canister, file, guest } of FAILURES) {
    const bytes = file ?? (guest === undefined ? undefined : await watPlugin(guest));
    if (bytes !== undefined) await writeFile(join(folder, `${canister}.wasm`), bytes);
  }
  await writeFile(join(folder, 'sound.wasm'), await watPlugin({ body: OK }));
  await writeFile(join(folder, 'icp.yaml'), manifest());
  await mkdir(join(folder, '.icp/data/mappings'), { recursive: true });
  const ids = Object.fromEntries(network.canisters.map(({ name, id }) => [name, id]));
  await writeFile(join(folder, '.icp/data/mappings/test.ids.json'), JSON.stringify(ids));
  const args = ['sync', '--environment', 'test', '--compute-limit', '1'];
  json = await sandpool([...args, '--json'], folder);
  plain = await sandpool(args, folder);
}, 60_000);

afterAll(async () => {
  await network?.close();
  await rm(folder, { recursive: true, force: true });
});

function manifest(): string {
  const step = (canister: string, plugin: string, lines: readonly string[] = []) =>
    [
      `  - name: ${canister}`,
      '    build: { steps: [{ type: script, commands: ["true"] }] }',
      '    sync:',
      '      steps:',
      '        - type: plugin',
      `          path: ${plugin}`,
      ...lines.map((line) => `          ${line}`),
    ].join('\n');
  return `networks:
  - { name: embedded, mode: connected, url: "${network.url}", root-key: ${network.rootKeyHex} }
environments:
  - { name: test, network: embedded }
canisters:
${FAILURES.map(({ canister, step: lines }) => step(canister, `${canister}.wasm`, lines)).join('\n')}
${SOUND.map((canister) => step(canister, 'sound.wasm')).join('\n')}
`;
}

interface Finished {
  readonly canister: string;
  readonly outcome: string;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

function finished(): Map<string, Finished> {
  const events = json.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return new Map(
    events.filter(({ type }) => type === 'canister-finished').map((event) => [event.canister, event]),
  );
}

describe.each(FAILURES)('$canister', ({ canister, code, names }) => {
  test(`fails with ${code}, naming ${names}`, () => {
    const event = finished().get(canister);
    expect(event).toMatchObject({ outcome: 'failed', error: { code } });
    expect(event?.error?.message).toContain(names);
    expect(plain.stdout + plain.stderr).toContain(code);
  });
});

test('the others are synced', () => {
  for (const canister of SOUND) expect(finished().get(canister)).toMatchObject({ outcome: 'synced' });
});

test('different failures end with 1, and no stack trace is shown', () => {
  expect([json.exitCode, plain.exitCode]).toEqual([1, 1]);
  expect(plain.stdout + plain.stderr + json.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
});
