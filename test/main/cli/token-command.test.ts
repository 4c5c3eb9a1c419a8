import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '#src/main/server/store/index.js';
import { sandpool } from './command-line.js';

const CONFIGURATION = `data: ./data
identities: {deployer: {pem: ./not-opened.pem}, other: {anonymous: true}}
networks: {local: {url: "http://127.0.0.1:8000"}}
canisters: {orchard: [aaaaa-aa]}
`;
const ALL = ['--identity', 'deployer', '--network', 'local', '--canisters', 'orchard'];
const ANY = ['--identity', '*', '--network', '*', '--canisters', '*'];

function folderOfService(text = CONFIGURATION): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandpool-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'sandpool.yaml'), text);
  return folder;
}

const storeIn = (folder: string) => join(folder, 'data', 'service.db');

const create = (folder: string, ...words: string[]) => sandpool(['token', 'create', ...words], folder);

test('a running service takes a token as soon as it is made, and no longer once it is revoked', async () => {
  const folder = folderOfService();
  await using service = openStore({ file: storeIn(folder) });

  const made = await create(folder, 'CI of the orchard', '--scope', 'run', ...ALL);
  expect(made).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('shown this once') });
  const [, id = '', secret = ''] = /^id {6}(\S+)\nsecret {2}(sandpool_\S+)\n$/.exec(made.stdout) ?? [];
  const token = service.tokens.findBySecret(secret);
  expect(token).toMatchObject({
    id,
    name: 'CI of the orchard',
    scopes: ['run'],
    identities: ['deployer'],
    networks: ['local'],
    canisters: ['orchard'],
  });

  if (token !== undefined) service.tokens.recordUse(token);
  const listed = await sandpool(['token', 'list'], folder);
  expect(listed.stdout).toMatch(
    /^id +name +scope +identities +networks +canisters +created +last used +state$/m,
  );
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\dZ`;
  expect(listed.stdout).toMatch(
    new RegExp(`^${id}  CI of the orchard  run +deployer +local +orchard +${time}  ${time}  valid$`, 'm'),
  );

  const revoked = await sandpool(['token', 'revoke', id], folder);
  expect(revoked).toMatchObject({ exitCode: 0, stdout: `revoked ${id} (CI of the orchard)\n` });
  expect(service.tokens.findBySecret(secret)).toBeUndefined();
  const again = await sandpool(['token', 'revoke', id], folder);
  expect(again.exitCode).toBe(0);
  expect((await sandpool(['token', 'list'], folder)).stdout).toMatch(/ {2}revoked \d{4}-/);

  const bindings = { identities: ['deployer'], networks: ['local'], canisters: ['orchard'] };
  expect(service.audit.read().items).toMatchObject([
    { actor: 'command-line', action: 'token.revoke', subject: id, details: { name: 'CI of the orchard' } },
    {
      actor: 'command-line',
      action: 'token.create',
      subject: id,
      details: { name: 'CI of the orchard', scopes: ['run'], ...bindings },
    },
  ]);
});

describe('a token', () => {
  test('is made before there is a store, bound to anything, and printed for a script', async () => {
    const folder = folderOfService();
    const { stdout, stderr } = await create(folder, 'script', '--scope', 'run', ...ANY, '--quiet');
    expect(stdout).toMatch(/^sandpool_[\w-]{43}\n$/);
    expect(stderr).toBe('');
    await using store = openStore({ file: storeIn(folder) });
    const token = store.tokens.findBySecret(stdout.trim());
    expect(token).toMatchObject({ name: 'script' });
    expect([token?.identities, token?.networks, token?.canisters]).toEqual([undefined, undefined, undefined]);
    expect(readFileSync(storeIn(folder)).includes(stdout.trim().slice(9))).toBe(false);
  });

  test('that administers or reads only need not be bound', async () => {
    const folder = folderOfService();
    const made = JSON.parse((await create(folder, 'admin', '--scope', 'admin', '--json')).stdout);
    expect(made).toMatchObject({
      scopes: ['admin'],
      identities: [],
      networks: [],
      canisters: [],
      usedAt: null,
    });
    expect(made.secret).toMatch(/^sandpool_/);
    expect(await create(folder, 'reader', '--scope', 'read', '--network', 'local')).toMatchObject({
      exitCode: 0,
    });
    const listed = await sandpool(['token', 'list', '--json'], folder);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      store: storeIn(folder),
      tokens: [{ name: 'reader', networks: ['local'] }, { name: 'admin' }],
    });
    expect(listed.stdout).not.toContain(made.secret);
    expect(listed.stdout).not.toContain('secret');
  });

  const needs = 'needs --network and --canisters too';
  test.each([
    [['CI', '--scope', 'run', '--identity', 'deployer'], 'USAGE', needs],
    [['CI', '--scope', 'run'], 'USAGE', 'needs --identity and --network and --canisters too'],
    [['CI', '--scope', 'admin', '--identity', '*'], 'USAGE', 'or none of the three'],
    [['CI', ...ALL], 'USAGE', '--scope'],
    [['CI', '--scope', 'root', ...ALL], 'USAGE', 'read, run, admin'],
    [
      ['CI', '--scope', 'run', ...ALL, '--identity', 'deploier'],
      'INVALID_OPTION',
      'did you mean `deployer`?',
    ],
    [['CI', '--scope', 'run', ...ALL, '--network', 'main'], 'INVALID_OPTION', 'which are: `local`'],
    [['CI', '--scope', 'run', ...ALL, '--canisters', 'constructor'], 'INVALID_OPTION', '`orchard`'],
    [
      ['CI', '--scope', 'run', ...ALL, '--canisters', '*'],
      'INVALID_OPTION',
      'either `*`, which is any, or names',
    ],
    [['', '--scope', 'admin'], 'INVALID_OPTION', 'option NAME'],
    [[' CI', '--scope', 'admin'], 'INVALID_OPTION', 'option NAME'],
    [['C\u001b[31mI', '--scope', 'admin'], 'INVALID_OPTION', '\\u{1b}'],
    [['C'.repeat(101), '--scope', 'admin'], 'INVALID_OPTION', 'option NAME'],
    [['--scope', 'admin'], 'USAGE', 'name'],
    [['CI', '--scope', 'admin', '--quiet', '--json'], 'USAGE', '--quiet'],
  ])('is refused, and nothing is made: %j', async (words, code, message) => {
    const folder = folderOfService();
    const refused = await create(folder, ...words);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`error  ${code}: `) });
    expect(refused.stderr).toContain(message);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});

test('nothing is made by asking for what there is not', async () => {
  const folder = folderOfService();
  const listed = await sandpool(['token', 'list'], folder);
  expect(listed).toMatchObject({ exitCode: 0, stdout: `0 tokens in ${storeIn(folder)}\n` });
  const revoked = await sandpool(['token', 'revoke', 'x\u001b[31m'], folder);
  expect(revoked).toMatchObject({
    exitCode: 2,
    stderr: 'error  TOKEN_NOT_FOUND: there is no token `x\\u{1b}[31m`\n',
  });
  expect(existsSync(join(folder, 'data'))).toBe(false);
  await create(folder, 'admin', '--scope', 'admin');
  expect(await sandpool(['token', 'revoke', 'x'], folder)).toMatchObject({ exitCode: 2 });
  await using store = openStore({ file: storeIn(folder) });
  expect(store.audit.read().items).toHaveLength(1);
});

test('the configuration is the one that is named: by the option, by the variable, or here', async () => {
  const folder = folderOfService();
  const elsewhere = folderOfService();
  const file = join(elsewhere, 'sandpool.yaml');
  const byOption = await sandpool(['token', 'list', '--config', file], folder, {
    SANDPOOL_CONFIG: '/nowhere',
  });
  expect(byOption.stdout).toContain(storeIn(elsewhere));
  const byVariable = await sandpool(['token', 'list'], folder, { SANDPOOL_CONFIG: file });
  expect(byVariable.stdout).toContain(storeIn(elsewhere));
  const moved = await sandpool(['token', 'list'], folder, { SANDPOOL_DATA: elsewhere });
  expect(moved.stdout).toContain(join(elsewhere, 'service.db'));
  const missing = await sandpool(['token', 'list', '--config', 'missing.yaml'], folder);
  expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('CONFIG_UNREADABLE') });
  const wrong = folderOfService('data: d\nport: 3\n');
  const refused = await sandpool(['token', 'list'], wrong);
  expect(refused.stderr).toContain(
    'error  CONFIG_INVALID: ./sandpool.yaml:2:1: the configuration has no key `port`',
  );
});
