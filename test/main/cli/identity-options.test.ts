// Whose key signs, as the command line decides it.

import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { buildGuest } from '../../../fixtures/guests.mjs';
import { makeKey } from '../identity/support/store.js';
import {
  BIN,
  type CommandResult,
  eventsOf,
  makeProject,
  ofType,
  removeProject,
  sandpool,
} from './command-line.js';

const PASSWORD = 'pass wörd';
const NOBODY = '2vxsx-fae';
/** A command that waits for a key that never comes is ended, so that the test can fail. */
const TERMINAL_DEADLINE_MS = 20_000;

const [plain, locked, other] = [makeKey('ed25519'), makeKey('secp256k1'), makeKey('P-256')];
const lockedPem = locked.privateKey
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSWORD })
  .toString();

let localnet: Localnet;
let folder: string;
/** icp-cli's home, with a store of identities. */
let home: string;
beforeAll(async () => {
  const controllers = [NOBODY, plain.principal, locked.principal, other.principal];
  localnet = await startLocalnet({ canisters: [{ kind: 'kv', name: 'store' }], controllers });
  folder = makeProject({
    network: localnet,
    steps: { store: '[{type: plugin, path: seed.wasm, dirs: [seed]}, {type: plugin, path: probe.wasm}]' },
    files: { 'probe.wasm': await buildGuest('returns-input'), 'seed/one.txt': '1', 'me.pem': other.pem },
  });
  home = join(folder, 'icp-home');
  const identities = {
    plain: { kind: 'pem', format: 'plaintext', algorithm: 'ed25519', principal: plain.principal },
    locked: { kind: 'pem', format: 'pbes2', algorithm: 'secp256k1', principal: locked.principal },
    ring: { kind: 'keyring', algorithm: 'ed25519', principal: plain.principal },
  };
  write('identity_list.json', JSON.stringify({ v: 1, identities }));
  write('keys/plain.pem', plain.pem);
  write('keys/locked.pem', lockedPem);
  writeFileSync(join(folder, 'password'), `${PASSWORD}\n`);
});
afterAll(async () => {
  removeProject(folder);
  await localnet.close();
});

function write(path: string, text: string): void {
  const file = join(home, 'identity', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The principal that the plugin was told, once the network had accepted what was signed as it. */
function principalOf(result: CommandResult): string | undefined {
  const [seeded, probed] = ofType(eventsOf(result), 'step-finished');
  expect(seeded).toMatchObject({ ok: true });
  return /^identity-principal (.*)$/m.exec(probed?.error?.message ?? '')?.[1];
}

const sync = (...options: string[]) =>
  sandpool(['sync', '-e', 'test', '--json', ...options], folder, { ICP_HOME: home });

describe('who signs', () => {
  test.each([
    ['nobody, where icp-cli has chosen none', [], undefined, NOBODY],
    ['icp-cli’s default', [], 'plain', plain.principal],
    ['nobody, when asked to', ['--identity', 'anonymous'], 'plain', NOBODY],
    [
      'another of icp-cli’s',
      ['--identity', 'locked', '--identity-password-file', 'password'],
      'plain',
      locked.principal,
    ],
    ['a PEM file', ['--identity', 'me.pem'], 'plain', other.principal],
    ['a default with a password', ['--identity-password-file', 'password'], 'locked', locked.principal],
  ])('is %s', async (_, options, byDefault, principal) => {
    const defaults =
      byDefault === undefined ? '{"v": 1, "default": "anonymous"}' : `{"v": 1, "default": "${byDefault}"}`;
    write('identity_defaults.json', defaults);
    expect(principalOf(await sync(...options))).toBe(principal);
  });

  test('is the same for one plugin', async () => {
    write('identity_defaults.json', '{"v": 1, "default": "plain"}');
    const words = [
      'run',
      'probe.wasm',
      '--canister',
      localnet.canisters[0]?.id ?? '',
      '--network',
      localnet.url,
    ];
    const run = await sandpool(words, folder, { ICP_HOME: home });
    expect(run.stderr + run.stdout).toContain(`identity-principal ${plain.principal}`);
    const named = await sandpool([...words, '--identity', './me.pem'], folder, { ICP_HOME: home });
    expect(named.stderr + named.stdout).toContain(`identity-principal ${other.principal}`);
  });
});

describe('nobody signs', () => {
  test.each([
    [
      'an unknown name',
      ['--identity', 'plian'],
      'IDENTITY_NOT_FOUND: icp-cli keeps no identity named `plian`',
      'it has: anonymous, locked, plain, ring',
    ],
    ['an empty name', ['--identity', ''], 'INVALID_OPTION: option --identity must be', ''],
    [
      'an empty file name',
      ['--identity', 'locked', '--identity-password-file', ''],
      'INVALID_OPTION: option --identity-password-file must be',
      '',
    ],
    [
      'a password and no terminal',
      ['--identity', 'locked'],
      'IDENTITY_UNUSABLE: the identity locked cannot be used: its key is encrypted with a password, and there is no terminal to ask for it',
      '--identity-password-file',
    ],
    [
      'a wrong password',
      ['--identity', 'locked', '--identity-password-file', 'seed/one.txt'],
      'IDENTITY_UNUSABLE: the identity locked cannot be used: the password in seed/one.txt is wrong',
      '',
    ],
    [
      'no password file',
      ['--identity', 'locked', '--identity-password-file', 'nowhere'],
      'IDENTITY_INVALID: the identity locked cannot be used: there is no such file: nowhere',
      '',
    ],
  ])('with %s', async (_, options, says, hint) => {
    const before = localnet.statistics();
    const { exitCode, stderr, stdout } = await sandpool(['sync', '-e', 'test', ...options], folder, {
      ICP_HOME: home,
    });
    expect(stderr).toContain(`error  ${says}`);
    expect(stderr).toContain(hint);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(localnet.statistics().canisters).toEqual(before.canisters);
  });
});

test.runIf(process.platform === 'linux')('where there is no keyring, that is said', async () => {
  const { exitCode, stderr } = await sandpool(['sync', '-e', 'test', '--identity', 'ring'], folder, {
    ICP_HOME: home,
  });
  expect(stderr).toContain(
    'IDENTITY_UNUSABLE: the identity ring cannot be used: the keyring of this system cannot be read: Platform failure',
  );
  expect(stderr).toContain('hint   unlock the keyring; where there is none,');
  expect(exitCode).toBe(2);
});

/** Whether a terminal can be made for a test. */
const scriptRunsHere = process.platform === 'linux' && hasScript();
function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

describe.runIf(scriptRunsHere)('at a terminal, a password', () => {
  /** Syncs at a terminal, typing an answer whenever the command asks. */
  async function atTerminal(
    ...answers: string[]
  ): Promise<{ exitCode: number | null; screen: string; asked: number }> {
    const words = [process.execPath, BIN, 'sync', '-e', 'test', '--identity', 'locked'];
    const command = words.map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, ICP_HOME: home, TERM: 'dumb', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let screen = '';
    let asked = 0;
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      screen += part;
      while (screen.split('password of the identity locked: ').length - 1 > asked) {
        child.stdin.write(answers[asked] ?? '');
        asked += 1;
      }
    });
    const deadline = setTimeout(() => child.kill(), TERMINAL_DEADLINE_MS);
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    clearTimeout(deadline);
    return { exitCode, screen, asked };
  }

  test('is asked for, and not shown', async () => {
    const { exitCode, screen, asked } = await atTerminal(
      `wrong\r`,
      `no\u0015pass x\u007fwörx\u007fd\u001b[A\r`,
    );
    expect(asked).toBe(2);
    expect(screen).toContain('that is not the password');
    expect(screen).toContain(`identity-principal ${locked.principal}`);
    for (const shown of ['wrong', 'wör', PASSWORD]) expect(screen).not.toContain(shown);
    // The probe fails, as it always does; whose it was told to be is what counts.
    expect(exitCode).toBe(1);
  });

  test('is asked for three times', async () => {
    const { exitCode, screen, asked } = await atTerminal('one\r', '\r', 'three\r', `${PASSWORD}\r`);
    expect([exitCode, asked]).toEqual([2, 3]);
    expect(screen).toContain('the password is wrong, 3 times over');
  });

  test.each([
    ['Ctrl-C', 'pass\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('need not be given: %s', async (_, keys) => {
    const { exitCode, screen } = await atTerminal(keys);
    expect(screen).toContain('CANCELLED');
    expect(exitCode).toBe(130);
  });
});
