// `sandpool sync --server` against a real service: what is run in which order, what is refused before anything is done,
// and what is told when a sync is ended or the service goes away in the middle.

import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { type RunningService, startService } from '../../support/running-service.js';
import {
  type CommandResult,
  eventsOf,
  makeProject,
  ofType,
  type ProjectParts,
  removeProject,
  start,
} from '../cli/command-line.js';
import { failing, incrementing, incrementingOnce, returning } from '../cli/guests.js';

const KEYED = new URL('../../../fixtures/build/seed-data-keyed.wasm', import.meta.url);

let localnet: Localnet;
let service: RunningService;
const folders: string[] = [];

beforeAll(async () => {
  localnet = await startLocalnet({
    canisters: [
      { kind: 'kv', name: 'alpha' },
      { kind: 'kv', name: 'beta' },
      { kind: 'test', name: 'probe' },
    ],
  });
  service = await startService({ networks: { local: localnet } });
});
afterAll(async () => {
  await service.close();
  service.remove();
  await localnet.close();
  for (const folder of folders) removeProject(folder);
});

function project(steps: Record<string, string>, files: ProjectParts['files'] = {}): string {
  const folder = makeProject({ network: localnet, steps, files });
  folders.push(folder);
  return folder;
}

function begin(folder: string, words: readonly string[] = [], variables: Record<string, string> = {}) {
  return start(['sync', '-e', 'test', '--json', '--server', service.url, ...words], folder, {
    SANDPOOL_TOKEN: service.token(),
    ...variables,
  });
}

const sync = (...input: Parameters<typeof begin>): Promise<CommandResult> => begin(...input).ended;

const step = (plugin: string): string => `{type: plugin, path: ${plugin}}`;
const batches = (): number => service.service.store.history.batches({ limit: 1000 }).items.length;

function updatesOf(name: string): number {
  const id = localnet.canisters.find((canister) => canister.name === name)?.id ?? '';
  return Object.values(localnet.statistics().canisters[id]?.updates ?? {}).reduce(
    (sum, count) => sum + count,
    0,
  );
}

describe('steps', () => {
  test('run one after another, and a canister ends at the first that fails', async () => {
    const files = { 'ok.wasm': await returning(), 'bad.wasm': await failing('no such luck') };
    const folder = project(
      {
        alpha: `[${step('ok.wasm')}, ${step('ok.wasm')}, ${step('ok.wasm')}]`,
        beta: `[${step('ok.wasm')}, ${step('bad.wasm')}, ${step('ok.wasm')}]`,
      },
      files,
    );
    const before = batches();
    const result = await sync(folder, ['--report', 'report.json']);
    const events = eventsOf(result);
    expect(result.exitCode).toBe(1);
    expect(batches() - before).toBe(3);
    const finished = (name: string) =>
      ofType(events, 'step-finished')
        .filter(({ canister }) => canister === name)
        .map(({ step, ok }) => [step, ok]);
    expect(finished('alpha')).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ]);
    expect(finished('beta')).toEqual([
      [1, true],
      [2, false],
    ]);
    const ends = ofType(events, 'canister-finished').map(({ canister, outcome, error }) => [
      canister,
      outcome,
      error?.code,
    ]);
    expect(ends.sort()).toEqual([
      ['alpha', 'synced', undefined],
      ['beta', 'failed', 'PLUGIN_FAILED'],
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'summary', synced: 1, failed: 1, exitCode: 1 });
  });

  test('that are not right in one canister are no matter for the others, and nothing of it is run', async () => {
    const folder = project(
      {
        alpha: '[{type: plugin, path: seed.wasm, dirs: [data]}]',
        beta: `[${step('ok.wasm')}, {type: plugin, path: seed.wasm, dirs: [nowhere]}]`,
      },
      { 'data/one.txt': 'first', 'ok.wasm': await returning() },
    );
    const events = eventsOf(await sync(folder));
    const ends = ofType(events, 'canister-finished').map(({ canister, outcome, error }) => [
      canister,
      outcome,
      error?.code,
    ]);
    expect(ends.sort()).toEqual([
      ['alpha', 'synced', undefined],
      ['beta', 'failed', 'DIRECTORY_NOT_FOUND'],
    ]);
    expect(ofType(events, 'step-finished').map(({ canister }) => canister)).toEqual(['alpha']);
  });

  test('--fail-fast cancels what is under way', async () => {
    const folder = project(
      { alpha: `[${step('bad.wasm')}]`, probe: `[${step('calls.wasm')}]` },
      { 'bad.wasm': await failing('no'), 'calls.wasm': await incrementing() },
    );
    const result = await sync(folder, ['--fail-fast']);
    const ends = ofType(eventsOf(result), 'canister-finished').map(({ canister, outcome }) => [
      canister,
      outcome,
    ]);
    expect(ends.sort()).toEqual([
      ['alpha', 'failed'],
      ['probe', 'cancelled'],
    ]);
    expect(result.exitCode).toBe(1);
  });
});

describe('what is sent', () => {
  test('is what the steps declare and nothing else', async () => {
    const folder = project(
      { alpha: '[{type: plugin, path: seed.wasm, dirs: [data], files: [note.txt]}]' },
      { 'data/in/one.txt': 'first', 'note.txt': 'note', 'secret.txt': 'do not send' },
    );
    const known = new Set(service.service.store.bundles.list().map(({ sha256 }) => sha256));
    expect((await sync(folder)).exitCode).toBe(0);
    const [bundle, ...others] = service.service.store.bundles
      .list()
      .filter(({ sha256 }) => !known.has(sha256));
    expect(others).toEqual([]);
    const contents = await fetch(`${service.url}/v1/bundles/${bundle?.sha256}`, {
      headers: {
        authorization: `Bearer ${service.service.store.tokens.create({ name: 'a', scopes: ['read', 'admin'] }).secret}`,
      },
    });
    const { files } = (await contents.json()) as { files: { path: string }[] };
    expect(files.map(({ path }) => path).sort()).toEqual(['data/in/one.txt', 'note.txt']);
  });

  test('may lie beside the folder of the canister, inside the project', async () => {
    const step = '{type: plugin, path: seed.wasm, files: {seed: ../../shared, season: ../../season.txt}}';
    const folder = project(
      {},
      {
        'icp.yaml': `canisters: [canisters/alpha]\nnetworks:\n  - {name: net, mode: connected, url: "${localnet.url}", root-key: "${localnet.rootKeyHex}"}\nenvironments:\n  - {name: test, network: net}\n`,
        'canisters/alpha/canister.yaml': `name: alpha\nbuild: {steps: []}\nsync: {steps: [${step}]}\n`,
        'canisters/alpha/seed.wasm': readFileSync(KEYED),
        'shared/beside.txt': 'shared record',
        'season.txt': 'autumn',
        'other.txt': 'not declared',
      },
    );
    const result = await sync(folder);
    expect(result.exitCode).toBe(0);
    const output = ofType(eventsOf(result), 'output').map(({ line }) => line);
    expect(output).toEqual(expect.arrayContaining([expect.stringContaining('beside: ')]));
    const dry = await sync(folder, ['--dry-run']);
    const paths = JSON.parse(dry.stdout).upload.bundle.files.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(['season.txt', 'shared/beside.txt']);
  });

  test('is never a link', async () => {
    const folder = project(
      { alpha: '[{type: plugin, path: seed.wasm, dirs: [data]}]' },
      { 'data/one.txt': 'first', 'secret.txt': 'do not send' },
    );
    symlinkSync(join(folder, 'secret.txt'), join(folder, 'data/link.txt'));
    const before = service.service.store.bundles.list().length;
    const [end] = ofType(eventsOf(await sync(folder)), 'canister-finished');
    expect(end).toMatchObject({
      outcome: 'failed',
      error: { code: 'PATH_THROUGH_LINK', details: { link: 'data/link.txt' } },
    });
    expect(service.service.store.bundles.list()).toHaveLength(before);
  });

  test('is said by --dry-run, which asks no service', async () => {
    const folder = project(
      { alpha: '[{type: plugin, path: seed.wasm, dirs: [data]}]' },
      { 'data/one.txt': 'first' },
    );
    const words = ['sync', '-e', 'test', '--server', 'http://127.0.0.1:9', '--dry-run'];
    const json = await start([...words, '--json'], folder).ended;
    expect(json.exitCode).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: 'dry-run',
      upload: {
        plugins: [{ name: 'seed.wasm' }],
        bundle: { sizeBytes: 2560, files: [{ path: 'data/one.txt', sizeBytes: 5 }] },
      },
    });
    const plain = await start(words, folder).ended;
    expect(plain.stdout).toContain('1 file as one bundle (2.5 KiB');
  });
});

describe('refused before anything is done', () => {
  test.each([
    ['a script', {}, [], 'SCRIPT_NOT_ON_SERVICE'],
    ['an identity it has not', {}, ['--identity', 'nobody', 'alpha'], 'IDENTITY_NOT_ON_SERVICE'],
    ['no token', { SANDPOOL_TOKEN: '' }, ['alpha'], 'SERVICE_TOKEN_MISSING'],
    ['a wrong token', { SANDPOOL_TOKEN: 'sandpool_x' }, ['alpha'], 'UNAUTHENTICATED'],
    ['a password for a key that is not here', {}, ['--identity-password-file', 'x', 'alpha'], 'USAGE'],
    ['a token file that is not there', {}, ['--token-file', 'nowhere', 'alpha'], 'INVALID_OPTION'],
    ['http to another machine', {}, ['--server', 'http://service.example', 'alpha'], 'INVALID_OPTION'],
  ])('%s', async (_, variables, words, code) => {
    const folder = project(
      { alpha: `[${step('ok.wasm')}]`, beta: '[{type: script, command: "true"}]' },
      { 'ok.wasm': await returning() },
    );
    const before = batches();
    const result = await sync(folder, words, variables);
    expect(eventsOf(result).at(-1)).toMatchObject({ type: 'error', error: { code } });
    expect(result.exitCode).toBe(2);
    expect(batches()).toBe(before);
  });

  test('another network', async () => {
    await using other = await startLocalnet({ canisters: [{ kind: 'kv', name: 'alpha' }] });
    const folder = makeProject({ network: other, steps: { alpha: `[${step('seed.wasm')}]` } });
    folders.push(folder);
    const [error] = ofType(eventsOf(await sync(folder)), 'error');
    expect(error?.error).toMatchObject({ code: 'NETWORK_NOT_ON_SERVICE' });
    expect(error?.error.hint).toContain(`local (${localnet.url}/)`);
  });

  test('a service, for another command', async () => {
    const result = await start(['--server', service.url, 'inspect', 'x.wasm']).ended;
    expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('`sandpool sync` alone') });
  });
});

test('the token may come from a file, and the address from a variable', async () => {
  const folder = project({ alpha: `[${step('ok.wasm')}]` }, { 'ok.wasm': await returning() });
  writeFileSync(join(folder, 'token'), `${service.token()}\n`);
  const words = ['sync', '-e', 'test', '--token-file', 'token'];
  const result = await start(words, folder, { SANDPOOL_SERVER: service.url }).ended;
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toMatch(/^alpha \| synced in /m);
  expect(result.stdout).toMatch(/^alpha +synced/m);
});

test('Ctrl-C cancels the batch, waits for its end, and says what was applied', async () => {
  const folder = project(
    { probe: `[${step('calls.wasm')}, ${step('once.wasm')}]` },
    { 'calls.wasm': await incrementing(), 'once.wasm': await incrementingOnce() },
  );
  const before = updatesOf('probe');
  const command = begin(folder);
  await command.until('stdout', /"type":"call-ended"/);
  command.kill('SIGINT');
  const result = await command.ended;
  expect(result.exitCode).toBe(130);
  const events = eventsOf(result);
  expect(ofType(events, 'cancelling')).toHaveLength(1);
  const [finished, ...others] = ofType(events, 'step-finished');
  expect(others).toEqual([]);
  expect(finished).toMatchObject({ ok: false, error: { code: 'CANCELLED' } });
  const applied = finished?.updates.filter(({ state }) => state === 'applied') ?? [];
  expect(applied.length).toBeGreaterThan(0);
  expect(updatesOf('probe') - before).toBe(applied.length);
  expect(events.at(-1)).toMatchObject({ type: 'summary', cancelled: 1, exitCode: 130 });
});

test('a service that is ended and started again interrupts what ran, and goes on with what waited', async () => {
  const folder = project(
    { probe: `[${step('calls.wasm')}]`, alpha: `[${step('ok.wasm')}]`, beta: `[${step('ok.wasm')}]` },
    { 'calls.wasm': await incrementing(), 'ok.wasm': await returning() },
  );
  const before = updatesOf('probe');
  const first = await startService({ networks: { local: localnet }, concurrency: 1 });
  const token = first.token();
  const command = begin(folder, ['--server', first.url], { SANDPOOL_TOKEN: token });
  await command.until('stdout', /"type":"call-ended"/);
  await first.close();
  const { port, folder: kept } = first;
  const second = await startService({ networks: { local: localnet }, concurrency: 1, port, folder: kept });
  const result = await command.ended;
  await second.close();
  second.remove();
  const events = eventsOf(result);
  const ends = ofType(events, 'canister-finished').map(({ canister, outcome, error }) => [
    canister,
    outcome,
    error?.code,
  ]);
  expect(ends.sort()).toEqual([
    ['alpha', 'synced', undefined],
    ['beta', 'synced', undefined],
    ['probe', 'failed', 'RUN_INTERRUPTED'],
  ]);
  const interrupted = ofType(events, 'step-finished').find(({ canister }) => canister === 'probe');
  const applied = interrupted?.updates.filter(({ state }) => state === 'applied') ?? [];
  expect(applied.length).toBeGreaterThan(0);
  expect(updatesOf('probe') - before).toBe(applied.length);
  // Each event once: none comes again from the service that was started again.
  const calls = ofType(events, 'call-started').map(({ canister, call }) => `${canister} ${call}`);
  expect(new Set(calls).size).toBe(calls.length);
});
