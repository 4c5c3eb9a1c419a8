import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { IDEMPOTENCY_MS, isIdentifier } from '#src/main/server/store/index.js';
import {
  codeOf,
  codeOfAsync,
  createRun,
  input,
  PLUGIN,
  queuedRuns,
  REQUEST_ID,
  TestClock,
  TOKEN,
  temporaryFolder,
  temporaryStore,
} from './support/stores.js';

const BUNDLE = 'ef'.repeat(32);
const settings = { tokenId: TOKEN, concurrency: 2, common: {} };

describe('tokens', () => {
  test('are found by their secret, which is nowhere in the file', async () => {
    const file = join(temporaryFolder(), 'service.db');
    const store = temporaryStore(new TestClock(), file);
    const { token, secret } = store.tokens.create({
      name: 'ci',
      scopes: ['read', 'run'],
      networks: ['local'],
    });
    expect(store.tokens.findBySecret(secret)).toEqual(token);
    expect(token).not.toHaveProperty('canisters');
    expect(isIdentifier(token.id)).toBe(true);
    await store.close();
    const raw = Buffer.from(secret.slice('sandpool_'.length), 'base64url');
    const content = readFileSync(file);
    expect(content.includes(raw)).toBe(false);
    expect(content.includes(secret.slice(-43))).toBe(false);
    expect(content.includes(createHash('sha256').update(raw).digest())).toBe(true);
  });

  test('are not found by anything else, nor when revoked', () => {
    const clock = new TestClock();
    const store = temporaryStore(clock);
    const { token, secret } = store.tokens.create({ name: 'ci', scopes: ['admin'] });
    const other = secret.slice(0, -2) + (secret.at(-2) === 'A' ? 'B' : 'A') + secret.at(-1);
    for (const wrong of [
      '',
      'sandpool_',
      other,
      ` ${secret}`,
      `${secret}=`,
      secret.slice(9),
      secret.slice(0, -1),
    ]) {
      expect(store.tokens.findBySecret(wrong)).toBeUndefined();
    }
    expect(store.tokens.revoke(token.id).revokedAtMs).toBe(clock.nowMs);
    expect(store.tokens.findBySecret(secret)).toBeUndefined();
    expect(codeOf(() => store.tokens.revoke('nobody'))).toBe('TOKEN_NOT_FOUND');
  });

  test('keep their last use to the minute', () => {
    const clock = new TestClock();
    const store = temporaryStore(clock);
    const { token } = store.tokens.create({ name: 'ci', scopes: ['read'] });
    const first = clock.nowMs;
    store.tokens.recordUse(token);
    clock.nowMs += 59_999;
    store.tokens.recordUse(store.tokens.get(token.id));
    expect(store.tokens.get(token.id).usedAtMs).toBe(first);
    clock.nowMs += 1;
    store.tokens.recordUse(store.tokens.get(token.id));
    expect(store.tokens.get(token.id).usedAtMs).toBe(first + 60_000);
  });
});

describe('plugins and bundles', () => {
  test('are one for the same bytes, and stay while a run names them', () => {
    const store = temporaryStore();
    const bundle = { sha256: BUNDLE, sizeBytes: 3, files: [{ path: 'a', sizeBytes: 3 }], createdBy: TOKEN };
    expect(store.bundles.add(bundle).outcome).toBe('created');
    expect(store.bundles.add(bundle).outcome).toBe('repeated');
    expect(store.bundles.unused(Number.MAX_SAFE_INTEGER)).toHaveLength(1);
    const run = store.runs.get(createRun(store, { bundleSha256: BUNDLE }));
    expect(run).toMatchObject({ bundleSha256: BUNDLE, pluginSha256: PLUGIN, priority: 0, attempt: 1 });
    expect(store.bundles.unused(Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(codeOf(() => store.plugins.remove(PLUGIN))).toBe('PLUGIN_IN_USE');
    expect(codeOf(() => store.bundles.remove(BUNDLE))).toBe('BUNDLE_IN_USE');
  });

  test('must be there and enabled for a new run', () => {
    const store = temporaryStore();
    expect(codeOf(() => createRun(store, { pluginSha256: BUNDLE }))).toBe('PLUGIN_NOT_UPLOADED');
    expect(codeOf(() => createRun(store, { bundleSha256: BUNDLE }))).toBe('BUNDLE_NOT_FOUND');
    expect(store.plugins.setAvailability(PLUGIN, 'disabled').isEnabled).toBe(false);
    expect(codeOf(() => createRun(store))).toBe('PLUGIN_DISABLED');
    store.plugins.remove(PLUGIN);
    expect(codeOf(() => store.plugins.get(PLUGIN))).toBe('PLUGIN_NOT_UPLOADED');
    expect(codeOf(() => store.bundles.remove(BUNDLE))).toBe('BUNDLE_NOT_FOUND');
  });
});

describe('runs', () => {
  test('go from state to state as they may, and only so', () => {
    const store = temporaryStore();
    const states = ['succeeded', 'failed', 'cancelled', 'interrupted'] as const;
    for (const state of states) {
      const id = createRun(store);
      if (state !== 'cancelled') {
        expect(codeOf(() => store.runs.end(id, { state }))).toBe('RUN_STATE_CONFLICT');
      }
      store.runs.start(id);
      expect(codeOf(() => store.runs.start(id))).toBe('RUN_STATE_CONFLICT');
      expect(codeOf(() => store.runs.retry(id, { tokenId: TOKEN }))).toBe('RUN_STATE_CONFLICT');
      store.runs.end(id, { state, statistics: { computeMs: 5 } });
      expect(store.runs.get(id)).toMatchObject({ state, statistics: { computeMs: 5 } });
      for (const next of states) {
        expect(codeOf(() => store.runs.end(id, { state: next }))).toBe('RUN_STATE_CONFLICT');
      }
      expect(store.runs.retry(id, { tokenId: TOKEN }).run).toMatchObject({
        state: 'queued',
        attempt: 2,
        retryOf: id,
      });
    }
    expect(codeOf(() => store.runs.start('nothing'))).toBe('RUN_NOT_FOUND');
  });

  test('wait by priority, then in the order in which they came', () => {
    const store = temporaryStore();
    const ids = [0, 5, 0, 9, 5].map((priority) => createRun(store, { priority }));
    const expected = [3, 1, 4, 0, 2].map((index) => ids[index]);
    expect(store.runs.queuedIn({ tokenId: TOKEN }, 3).map(({ id }) => id)).toEqual(expected.slice(0, 3));
    expect(store.runs.queuedIn({ tokenId: TOKEN }).map(({ id }) => id)).toEqual(expected);
  });

  test('keep their updates, through every outcome', () => {
    const store = temporaryStore();
    const id = createRun(store);
    const update = { number: 1, canisterId: 'aaaaa-aa', method: 'commit', requestIdHex: REQUEST_ID };
    expect(codeOf(() => store.updates.recordUpdateSent(id, update))).toBe('RUN_STATE_CONFLICT');
    expect(codeOf(() => store.updates.recordUpdateSent('x', update))).toBe('RUN_NOT_FOUND');
    store.runs.start(id);
    for (const number of [1, 2, 3]) store.updates.recordUpdateSent(id, { ...update, number });
    expect(codeOf(() => store.updates.recordUpdateSent(id, update))).toBe('RUN_STATE_CONFLICT');
    store.updates.recordUpdateOutcome(id, { ...update, state: 'applied' });
    store.updates.recordUpdateOutcome(id, { ...update, state: 'applied' });
    expect(codeOf(() => store.updates.recordUpdateOutcome(id, { ...update, state: 'rejected' }))).toBe(
      'RUN_STATE_CONFLICT',
    );
    store.updates.recordUpdateOutcome(id, { ...update, number: 2, state: 'unknown' });
    store.updates.recordUpdateOutcome(id, { number: 4, canisterId: 'a', method: 'm', state: 'not-sent' });
    store.runs.end(id, { state: 'failed' });
    expect(store.updates.ofRun(id).map(({ state }) => state)).toEqual([
      'applied',
      'unknown',
      'unknown',
      'not-sent',
    ]);
    // What the network says later is taken.
    store.updates.recordUpdateOutcome(id, { ...update, number: 3, state: 'rejected' });
    expect(store.updates.ofRun(id)[2]).toMatchObject({ state: 'rejected', requestIdHex: REQUEST_ID });
  });
});

describe('batches', () => {
  test('have the state that their runs add up to', async () => {
    const store = temporaryStore();
    const { batch } = await store.batches.create(settings, [input(), input(), input()]);
    expect(batch).toMatchObject({ state: 'queued', counts: { queued: 3 } });
    const [first = '', second = '', third = ''] = queuedRuns(store).map(({ id }) => id);
    store.runs.start(first);
    store.runs.end(first, { state: 'succeeded' });
    expect(store.batches.get(batch.id).state).toBe('running');
    store.runs.start(second);
    store.runs.end(third, { state: 'cancelled' });
    expect(store.batches.get(batch.id)).not.toHaveProperty('endedAtMs');
    store.runs.end(second, { state: 'failed' });
    expect(store.batches.get(batch.id)).toMatchObject({
      state: 'failed',
      counts: { queued: 0, running: 0, succeeded: 1, failed: 1, cancelled: 1, interrupted: 0 },
      endedAtMs: expect.any(Number),
    });
    const { batch: again } = await store.batches.retry(batch.id, { tokenId: TOKEN });
    expect(again).toMatchObject({ retryOf: batch.id, counts: { queued: 1 } });
    expect(store.history.runs({ batchId: again.id }).items).toMatchObject([{ retryOf: second, attempt: 2 }]);
    expect(await codeOfAsync(store.batches.retry(again.id, { tokenId: TOKEN }))).toBe('RUN_STATE_CONFLICT');
    expect(await codeOfAsync(store.batches.retry(batch.id, { tokenId: TOKEN }, ['interrupted']))).toBe(
      'INVALID_OPTION',
    );
  });

  test('are cancelled a few at a time, each with its event', async () => {
    const store = temporaryStore();
    const { batch } = await store.batches.create(settings, Array(120).fill(input()));
    let cancelled = 0;
    for (;;) {
      const ids = store.runs.cancelQueued(batch.id, (runId) => ({
        runId,
        type: 'run-ended',
        data: 'cancelled',
      }));
      if (ids.length === 0) break;
      cancelled += ids.length;
    }
    expect(cancelled).toBe(120);
    expect(store.batches.get(batch.id).state).toBe('cancelled');
    expect(store.events.read({ batchId: batch.id, limit: 1000 })).toHaveLength(120);
  });

  test('that take several turns are seen by nobody before they are complete', async () => {
    const store = temporaryStore();
    const creating = store.batches.create(settings, Array(500).fill(input()));
    expect(store.history.runs().items).toEqual([]);
    expect(store.history.batches().items).toEqual([]);
    expect(queuedRuns(store)).toEqual([]);
    const { batch } = await creating;
    expect(batch.counts.queued).toBe(500);
    expect(queuedRuns(store)).toHaveLength(500);
  });

  test('are made as a whole or not at all', async () => {
    const store = temporaryStore();
    const idempotency = { key: 'k', requestHash: 'h' };
    const runs = [...Array(500).fill(input()), input({ pluginSha256: BUNDLE })];
    const creating = store.batches.create({ ...settings, idempotency }, runs);
    const repeating = store.batches.create({ ...settings, idempotency }, runs);
    expect(await codeOfAsync(creating)).toBe('PLUGIN_NOT_UPLOADED');
    expect(await codeOfAsync(repeating)).toBe('PLUGIN_NOT_UPLOADED');
    expect(store.history.runs().items).toEqual([]);
    expect(await codeOfAsync(store.batches.create(settings, []))).toBe('INVALID_OPTION');
    const { outcome } = await store.batches.create({ ...settings, idempotency }, [input()]);
    expect(outcome).toBe('created');
  });

  test('are there exactly when what is written with the last of their runs is', async () => {
    const store = temporaryStore();
    const runs = Array(120).fill(input());
    const told: [string, number][] = [];
    const onComplete = (batchId: string, count: number) => {
      told.push([batchId, count]);
      store.eventWriter.writeWith([{ batchId, type: 'batch-created', data: {} }]);
    };
    const { batch } = await store.batches.create({ ...settings, onComplete }, runs);
    expect(told).toEqual([[batch.id, 120]]);
    expect(store.events.read({ batchId: batch.id })).toMatchObject([{ type: 'batch-created' }]);
    const fails = () => {
      throw new SandpoolError('STORE_FULL', { file: 'service.db', reason: 'made to' });
    };
    expect(await codeOfAsync(store.batches.create({ ...settings, onComplete: fails }, runs))).toBe(
      'STORE_FULL',
    );
    expect(store.history.batches().items).toHaveLength(1);
  });
});

describe('idempotency keys', () => {
  test('make one batch of requests that race', async () => {
    const store = temporaryStore();
    const idempotency = { key: 'once', requestHash: 'h' };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        store.batches.create({ ...settings, idempotency }, Array(300).fill(input())),
      ),
    );
    expect(new Set(answers.map(({ batch }) => batch.id)).size).toBe(1);
    expect(answers.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(answers.every(({ batch }) => batch.counts.queued === 300)).toBe(true);
    expect(store.history.batches().items).toHaveLength(1);
  });

  test('are of one token, one body, one kind and 24 hours', async () => {
    const clock = new TestClock();
    const store = temporaryStore(clock);
    const idempotency = { key: 'once', requestHash: 'h' };
    const create = (tokenId: string, requestHash: string) =>
      store.runs.create({ tokenId, input: input(), idempotency: { key: 'once', requestHash } });
    const first = create(TOKEN, 'h').run.id;
    expect(create(TOKEN, 'h')).toMatchObject({ outcome: 'repeated', run: { id: first } });
    expect(codeOf(() => create(TOKEN, 'other'))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await codeOfAsync(store.batches.create({ ...settings, idempotency }, [input()]))).toBe(
      'IDEMPOTENCY_CONFLICT',
    );
    expect(create('another token', 'other').outcome).toBe('created');
    clock.nowMs += IDEMPOTENCY_MS - 1;
    expect(create(TOKEN, 'h').outcome).toBe('repeated');
    clock.nowMs += 1;
    expect(create(TOKEN, 'other').outcome).toBe('created');
  });
});

test('the audit is read by who and by what, in pages', () => {
  const store = temporaryStore();
  for (let index = 0; index < 5; index += 1) {
    store.audit.record({ actor: `a${index % 2}`, action: 'test', subject: `s${index}`, details: { index } });
  }
  const first = store.audit.read({ actor: 'a0', limit: 2 });
  expect(first.items.map(({ details }) => details['index'])).toEqual([4, 2]);
  const rest = store.audit.read({ actor: 'a0', limit: 2, ...(first.next ? { before: first.next } : {}) });
  expect(rest.items.map(({ details }) => details['index'])).toEqual([0]);
  expect(rest).not.toHaveProperty('next');
  expect(store.audit.read({ subject: 's3' }).items).toHaveLength(1);
});
