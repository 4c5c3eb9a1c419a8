// The whole API once through, over HTTP, with a real network behind it. Every answer is held to its schema.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '#src/main/client/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import type { Operation } from '#src/main/server/api/index.js';
import { ServiceEvent } from '#src/main/server/api/index.js';
import { type RunningService, startService } from '../../../support/running-service.js';
import { tarOf } from '../../../support/tar-bytes.js';
import { type Asked, ask as askAt, mustFit } from './support.js';

const archiveOf = (files: Readonly<Record<string, string>>) =>
  tarOf(...Object.entries(files).map(([name, content]) => ({ name, content })));
const guest = (name: string) => readFile(`fixtures/build/guests/0.2/${name}.wasm`);

let network: Localnet;
let running: RunningService;
let token: string;
let admin: string;
const ask = (operation: Operation, asked: Asked = {}) => askAt(running.url, operation, { token, ...asked });
const canisterId = (name: string) => network.canisters.find((canister) => canister.name === name)?.id ?? '';

beforeAll(async () => {
  network = await startLocalnet({
    canisters: [
      { kind: 'kv', name: 'one' },
      { kind: 'kv', name: 'two' },
      { kind: 'kv', name: 'three' },
    ],
  });
  running = await startService({ networks: { local: network } });
  token = running.token();
  admin = running.service.store.tokens.create({ name: 'admin', scopes: ['admin'] }).secret;
});
afterAll(async () => {
  await running.close();
  running.remove();
  await network.close();
});

async function upload(name: string): Promise<string> {
  return (await ask('uploadPlugin', { query: { name }, body: await guest(name) })).body.sha256;
}

async function ended(id: string) {
  const client = createClient({ url: running.url, token });
  for await (const event of client.followEvents({ run: id })) mustFit(event.type, ServiceEvent, event);
  return (await ask('getRun', { params: { id } })).body;
}

describe('plugins', () => {
  test('are uploaded once, listed, inspected, disabled and deleted', async () => {
    const body = await guest('returns-ok');
    const first = await ask('uploadPlugin', { query: { name: 'does nothing' }, body });
    const again = await ask('uploadPlugin', { query: { name: 'another name' }, body });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const params = { sha256: first.body.sha256 };
    expect((await ask('listPlugins')).body.items).toContainEqual(first.body);
    const { body: inspected } = await ask('inspectPlugin', { params });
    expect(inspected).toMatchObject({ plugin: first.body, runsHere: true });
    expect(inspected.interface).toMatch(/^icp:sync-plugin\/types@0\.2/);

    const disabled = await ask('changePlugin', { token: admin, params, body: { enabled: false } });
    expect(disabled.body).toEqual({ ...first.body, enabled: false });
    const refused = await ask('createRun', { body: runOf(params.sha256, 'one') });
    expect([refused.status, refused.body.code]).toEqual([409, 'PLUGIN_DISABLED']);
    expect((await ask('deletePlugin', { token: admin, params })).status).toBe(204);
    expect((await ask('inspectPlugin', { params })).body.code).toBe('PLUGIN_NOT_UPLOADED');
    // What was deleted can come back.
    expect((await ask('uploadPlugin', { body })).status).toBe(201);
  });

  test('that could not run are refused, and nothing is kept of them', async () => {
    const { status, body } = await ask('uploadPlugin', { body: await guest('imports-http') });
    expect([status, body.code]).toEqual([400, 'IMPORT_DENIED']);
    const names = (await ask('listPlugins')).body.items.map(({ name }: { name: string }) => name);
    expect(names).not.toContain('imports-http');
  });

  test('that runs name are not deleted', async () => {
    const sha256 = await upload('returns-ok');
    const { body } = await ask('createRun', { body: runOf(sha256, 'one') });
    await ended(body.id);
    const refused = await ask('deletePlugin', { token: admin, params: { sha256 } });
    expect([refused.status, refused.body.code]).toEqual([409, 'PLUGIN_IN_USE']);
  });
});

function runOf(plugin: string, canister: string, more: object = {}) {
  return { plugin, canister: canisterId(canister), network: 'local', identity: 'deployer', ...more };
}

describe('runs', () => {
  test('write what they write, and leave a whole record', async () => {
    const plugin = await upload('calls-update');
    const { status, body } = await ask('createRun', {
      body: runOf(plugin, 'one', { label: 'number one', environment: '3', priority: 5 }),
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      state: 'queued',
      label: 'number one',
      environment: '3',
      priority: 5,
      attempt: 1,
    });
    const run = await ended(body.id);
    expect(run).toMatchObject({ state: 'succeeded', statistics: { hostCalls: 3 } });
    const params = { id: body.id };
    const { items: updates } = (await ask('listUpdates', { params })).body;
    expect(updates).toHaveLength(3);
    for (const update of updates) expect(update).toMatchObject({ state: 'applied', method: 'set' });
    const log = (await ask('listRunEvents', { params })).body;
    const types = log.items.map(({ type }: { type: string }) => type);
    const call = ['call-started', 'call-ended'];
    expect(types).toEqual(['run-started', 'run-computing', ...call, ...call, ...call, 'run-finished']);
    const first = (await ask('listRunEvents', { params, query: { limit: 2 } })).body;
    const rest = (await ask('listRunEvents', { params, query: { after: first.next } })).body;
    expect([...first.items, ...rest.items]).toEqual(log.items);
  });

  test('that fail say so, and are done again', async () => {
    const plugin = await upload('returns-error');
    const { body } = await ask('createRun', { body: runOf(plugin, 'two') });
    const run = await ended(body.id);
    expect(run).toMatchObject({ state: 'failed', error: { code: 'PLUGIN_FAILED', kind: 'plugin' } });
    const retried = await ask('retryRun', { params: { id: body.id } });
    expect(retried.body).toMatchObject({ attempt: 2, retryOf: body.id });
    expect(await ended(retried.body.id)).toMatchObject({ state: 'failed' });
  });

  test('print lines that come back as they were', async () => {
    const plugin = await upload('prints');
    const { body } = await ask('createRun', { body: runOf(plugin, 'two', { environment: '40' }) });
    await ended(body.id);
    const { items } = (await ask('listRunEvents', { params: { id: body.id } })).body;
    const printed = items.filter(({ type }: { type: string }) => type === 'output');
    const of = (stream: string) =>
      printed.flatMap((event: { stream: string; lines: string[] }) =>
        event.stream === stream ? event.lines : [],
      );
    const numbered = (text: string) => Array.from({ length: 40 }, (_, index) => `${text} ${index + 1}`);
    expect(of('stdout')).toEqual(numbered('to stdout'));
    expect(of('stderr')).toEqual(numbered('to stderr'));
  });

  test('are cancelled while they go on, and refused when they are over', async () => {
    const plugin = await upload('sleeps-forever');
    const { body } = await ask('createRun', { body: runOf(plugin, 'three') });
    const client = createClient({ url: running.url, token });
    for await (const event of client.followEvents({ run: body.id })) {
      if (event.type === 'run-computing')
        expect((await ask('cancelRun', { params: { id: body.id } })).status).toBe(202);
    }
    expect((await ask('getRun', { params: { id: body.id } })).body).toMatchObject({ state: 'cancelled' });
    const again = await ask('cancelRun', { params: { id: body.id } });
    expect([again.status, again.body.code]).toEqual([409, 'RUN_STATE_CONFLICT']);
  });

  test('read what their bundle holds, and nothing beside it', async () => {
    const plugin = await upload('reads-path');
    const archive = archiveOf({ 'site/pages/a.txt': 'from the bundle\n', 'site/where.txt': 'a.txt' });
    const bundle = (await ask('uploadBundle', { body: archive })).body.sha256;
    const step = { bundle, folder: 'site', files: { dir: 'pages', file: 'where.txt' } };
    const { body } = await ask('createRun', { body: runOf(plugin, 'one', step) });
    expect(await ended(body.id)).toMatchObject({ state: 'succeeded' });
    const { items } = (await ask('listRunEvents', { params: { id: body.id } })).body;
    expect(JSON.stringify(items)).toContain('from the bundle');

    const outside = await ask('createRun', {
      body: runOf(plugin, 'one', { ...step, files: { dir: '../..' } }),
    });
    expect(await ended(outside.body.id)).toMatchObject({
      state: 'failed',
      error: { code: 'PATH_NOT_CONFINED' },
    });
  });

  test('asked for twice with one key are one', async () => {
    const plugin = await upload('returns-ok');
    const headers = { 'idempotency-key': 'only-once' };
    const body = runOf(plugin, 'one');
    const [first, second] = await Promise.all([
      ask('createRun', { headers, body }),
      ask('createRun', { headers, body }),
    ]);
    expect(first.body.id).toBe(second.body.id);
    expect([first.status, second.status].sort()).toEqual([200, 201]);
    const other = await ask('createRun', { headers, body: runOf(plugin, 'two') });
    expect([other.status, other.body.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
  });

  test('that ask for more than is allowed, or for a form that is not theirs, are refused', async () => {
    const plugin = await upload('returns-ok');
    const refusals = [
      { limits: { computeBudgetMs: 10 ** 9 } },
      { dirs: ['pages'], bundle: '0'.repeat(64) },
      { files: { a: 'a.txt' } },
      { folder: '..', bundle: '0'.repeat(64) },
      { canister: 'aaaaa-ab' },
      { network: 'elsewhere' },
      { identity: 'somebody' },
      { plugin: '1'.repeat(64) },
    ];
    const codes = [];
    for (const more of refusals)
      codes.push((await ask('createRun', { body: runOf(plugin, 'one', more) })).body.code);
    expect(codes).toEqual([
      'INVALID_OPTION',
      'INVALID_OPTION',
      'INVALID_OPTION',
      'INVALID_OPTION',
      'INVALID_PRINCIPAL',
      'ACCESS_DENIED',
      'ACCESS_DENIED',
      'PLUGIN_NOT_UPLOADED',
    ]);
  });
});

describe('batches', () => {
  test('run all, tell of it, and do again what failed', async () => {
    const [good, bad] = [await upload('calls-update'), await upload('returns-error')];
    const { body: batch, status } = await ask('createBatch', {
      body: {
        name: 'three of them',
        concurrency: 2,
        defaults: { plugin: good, network: 'local', identity: 'deployer' },
        runs: [
          { canister: canisterId('one') },
          { canister: canisterId('two'), plugin: bad, label: 'the bad one' },
          { canister: canisterId('three') },
        ],
      },
    });
    expect(status).toBe(201);
    expect(batch).toMatchObject({ name: 'three of them', concurrency: 2, counts: { queued: 3 } });
    const client = createClient({ url: running.url, token });
    const events = [];
    for await (const event of client.followEvents({ batch: batch.id })) {
      mustFit(event.type, ServiceEvent, event);
      events.push(event);
    }
    expect(events[0]).toMatchObject({ type: 'batch-created', runs: 3 });
    expect(events.at(-1)).toMatchObject({ type: 'batch-finished', state: 'failed' });
    expect(events.filter(({ type }) => type === 'run-finished')).toHaveLength(3);
    const sequences = events.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((left, right) => left - right));

    const after = (await ask('getBatch', { params: { id: batch.id } })).body;
    expect(after).toMatchObject({ state: 'failed', counts: { succeeded: 2, failed: 1 } });
    const failed = (await ask('listRuns', { query: { batch: batch.id, state: 'failed' } })).body.items;
    expect(failed).toMatchObject([{ label: 'the bad one', error: { code: 'PLUGIN_FAILED' } }]);
    const again = await ask('retryBatch', { params: { id: batch.id }, body: {} });
    expect(again.body).toMatchObject({ retryOf: batch.id, counts: { queued: 1 } });
    for await (const _event of client.followEvents({ batch: again.body.id }));
    expect((await ask('listBatches', { query: { limit: 1 } })).body.items[0].id).toBe(again.body.id);
  });

  test('are cancelled: what waits at once, what goes on as soon as it can be', async () => {
    const plugin = await upload('sleeps-forever');
    const runs = Array.from({ length: 30 }, (_, index) => ({
      canister: canisterId(['one', 'two', 'three'][index % 3] ?? ''),
    }));
    const defaults = { plugin, network: 'local', identity: 'deployer' };
    const { body: batch } = await ask('createBatch', { body: { defaults, runs } });
    const client = createClient({ url: running.url, token });
    let isAsked = false;
    for await (const event of client.followEvents({ batch: batch.id })) {
      if (event.type !== 'run-computing' || isAsked) continue;
      isAsked = true;
      const { status, body } = await ask('cancelBatch', { params: { id: batch.id } });
      expect([status, body.counts.queued]).toEqual([202, 0]);
    }
    const { counts } = (await ask('getBatch', { params: { id: batch.id } })).body;
    expect(counts).toMatchObject({ cancelled: 30, running: 0, succeeded: 0 });
  });

  test('tell each run the ids that they have in common, also when it is done again', async () => {
    const plugin = await upload('returns-input');
    const canisterIds = { sibling: canisterId('three') };
    const defaults = { plugin, network: 'local', identity: 'deployer', canisterIds };
    const { body: batch } = await ask('createBatch', {
      body: { defaults, runs: [{ canister: canisterId('one') }] },
    });
    const client = createClient({ url: running.url, token });
    for await (const _event of client.followEvents({ batch: batch.id }));
    const [run] = (await ask('listRuns', { query: { batch: batch.id } })).body.items;
    expect(run.error.message).toContain(`canister-id sibling ${canisterId('three')}`);
    const alone = await ask('retryRun', { params: { id: run.id } });
    expect((await ended(alone.body.id)).error.message).toBe(run.error.message);
    const together = await ask('retryBatch', { params: { id: batch.id }, body: {} });
    for await (const _event of client.followEvents({ batch: together.body.id }));
    const [again] = (await ask('listRuns', { query: { batch: together.body.id } })).body.items;
    expect(again.error.message).toBe(run.error.message);
  });

  test('without what each run needs are refused, with the place', async () => {
    const { status, body } = await ask('createBatch', {
      body: { defaults: { network: 'local' }, runs: [{ canister: canisterId('one') }] },
    });
    expect([status, body.code, body.details.where]).toEqual([400, 'REQUEST_INVALID', '/runs/0/plugin']);
  });

  test('are paged, the newest first', async () => {
    const plugin = await upload('returns-ok');
    const defaults = { plugin, network: 'local', identity: 'deployer' };
    const runs = Array.from({ length: 25 }, () => ({ canister: canisterId('one') }));
    const { body: batch } = await ask('createBatch', { body: { defaults, runs } });
    const client = createClient({ url: running.url, token });
    for await (const _event of client.followEvents({ batch: batch.id }));
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const query = { batch: batch.id, limit: 10, ...(before === undefined ? {} : { before }) };
      const page = (await ask('listRuns', { query })).body;
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      before = page.next;
    } while (before !== undefined);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toEqual(seen.toSorted().reverse());
  });
});

describe('bundles', () => {
  test('are uploaded once, looked into and deleted', async () => {
    const body = archiveOf({ 'a/b.txt': 'b', 'c.txt': 'cc' });
    const first = await ask('uploadBundle', { body });
    const again = await ask('uploadBundle', { body });
    expect([first.status, again.status]).toEqual([201, 200]);
    const params = { sha256: first.body.sha256 };
    const { files } = (await ask('getBundle', { params })).body;
    expect(
      files.toSorted((left: { path: string }, right: { path: string }) => (left.path < right.path ? -1 : 1)),
    ).toEqual([
      { path: 'a/b.txt', sizeBytes: 1 },
      { path: 'c.txt', sizeBytes: 2 },
    ]);
    expect((await ask('listBundles')).body.items).toContainEqual(first.body);
    expect((await ask('deleteBundle', { params })).status).toBe(204);
    expect((await ask('getBundle', { params })).body.code).toBe('BUNDLE_NOT_FOUND');
  });
});

describe('the service', () => {
  test('says who asks, what was done, and who changed what', async () => {
    const { body: session } = await ask('getSession');
    expect(session).toMatchObject({ scopes: ['read', 'run'], canisterLists: null });
    const { body: totals } = await ask('getTotals', {
      query: { from: new Date(Date.now() - 60_000).toISOString() },
    });
    const succeeded = totals.items.reduce(
      (sum: number, span: { succeeded: number }) => sum + span.succeeded,
      0,
    );
    expect(succeeded).toBeGreaterThan(0);
    const { body: audit } = await ask('listAudit', { token: admin, query: { limit: 1000 } });
    const actions = new Set(audit.items.map(({ action }: { action: string }) => action));
    expect(actions).toContain('batch.create');
    expect(actions).toContain('plugin.disable');
  });

  test('lives, takes work, measures, and describes itself', async () => {
    const get = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${running.url}${path}`, { headers });
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    const metrics = await (await get('/metrics', { authorization: `Bearer ${token}` })).text();
    expect(metrics).toMatch(/sandpool_runs_ended_total\{state="succeeded",code="none"\} [1-9]/);
    expect(metrics).toMatch(/sandpool_updates_total\{state="applied"\} [1-9]/);
    expect(metrics).toMatch(/sandpool_host_call_seconds_count\{kind="update",outcome="ok"\} [1-9]/);
    expect(metrics).toMatch(/sandpool_plugin_lookups_total\{outcome="hit"\} [1-9]/);
    const document = (await (await get('/v1/openapi.json')).json()) as { openapi: string };
    expect(document.openapi).toBe('3.1.0');
  });

  test('sees to it that a token sees its own runs, and all only when it may', async () => {
    const plugin = await upload('returns-ok');
    const { body: run } = await ask('createRun', { body: runOf(plugin, 'one') });
    const stranger = running.token();
    const watcher = running.service.store.tokens.create({
      name: 'w',
      scopes: ['run'],
      seesAllRuns: true,
    }).secret;
    const params = { id: run.id };
    expect((await ask('getRun', { token: stranger, params })).body.code).toBe('RUN_NOT_FOUND');
    expect((await ask('listRuns', { token: stranger })).body.items).toEqual([]);
    expect((await ask('getRun', { token: watcher, params })).status).toBe(200);
    expect((await ask('cancelRun', { token: watcher, params })).body.code).toBe('ACCESS_DENIED');
    expect((await ask('getRun', { token: admin, params })).status).toBe(200);
    await ended(run.id);
  });
});

test('pages of an origin that is let in may ask and read, and no others', async () => {
  const served = await startService({ networks: { local: network }, origins: ['https://panel.example.org'] });
  const preflight = (origin: string) =>
    fetch(`${served.url}/v1/session`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
  const allowed = await preflight('https://panel.example.org');
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://panel.example.org');
  expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
  const refused = await preflight('https://elsewhere.example.org');
  expect(refused.status).toBe(403);
  expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  const headers = { origin: 'https://panel.example.org', authorization: `Bearer ${served.token()}` };
  const answer = await fetch(`${served.url}/v1/session`, { headers });
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, headers.origin]);
  await served.close();
  served.remove();
});
