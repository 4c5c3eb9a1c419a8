// What the store's operations cost the main thread, and what a run costs altogether; the answers are checked.
// Usage: node bench/store.mjs [folder]

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openStore } from '../dist/main/server/store/index.js';

const RUNS = 2000;
const EVENTS = 20;
const UPDATES = 10;

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'store-bench-'));
const file = join(folder, 'service.db');
const sha256 = 'ab'.repeat(32);
const requestIdHex = 'cd'.repeat(32);
const timings = new Map();

function timed(name, work) {
  const startedAt = performance.now();
  const result = work();
  const list = timings.get(name) ?? [];
  list.push(performance.now() - startedAt);
  timings.set(name, list);
  return result;
}

async function timedAsync(name, work) {
  const startedAt = performance.now();
  const result = await work();
  const list = timings.get(name) ?? [];
  list.push(performance.now() - startedAt);
  timings.set(name, list);
  return result;
}

const input = (index) => ({
  canisterId: `canister-${index % 50}`,
  network: 'local',
  identity: 'anonymous',
  environment: 'local',
  pluginSha256: sha256,
  fields: { a: 'b' },
  limits: {},
  step: { dirs: ['dist'] },
});

let store = timed('openStore, new', () => openStore({ file, onFailure: (error) => assert.fail(error) }));
store.plugins.add({ sha256, name: 'p', sizeBytes: 1, interfaceVersion: '0.2.0', createdBy: 'bench' });
const { secret } = store.tokens.create({ name: 'bench', scopes: ['run'] });
const tokenId = 'bench';
for (let index = 0; index < 1000; index += 1)
  timed('tokens.findBySecret', () => store.tokens.findBySecret(secret));

const perRun = [];
for (let index = 0; index < RUNS; index += 1) {
  const startedAt = performance.now();
  const { run } = timed('runs.create', () => store.runs.create({ tokenId, input: input(index) }));
  timed('runs.start', () => store.runs.start(run.id));
  for (let number = 1; number <= EVENTS; number += 1) {
    const event = { runId: run.id, type: 'log', data: { text: 'x'.repeat(80) } };
    assert.equal(
      timed('eventWriter.append', () => store.eventWriter.append(event)),
      'taken',
    );
  }
  timed(`flush of ${EVENTS} events`, () => store.eventWriter.flush());
  for (let number = 1; number <= UPDATES; number += 1) {
    const update = { number, canisterId: 'aaaaa-aa', method: 'commit', requestIdHex };
    timed('recordUpdateSent', () => store.updates.recordUpdateSent(run.id, update));
    timed('recordUpdateOutcome', () =>
      store.updates.recordUpdateOutcome(run.id, { ...update, state: 'applied' }),
    );
  }
  timed('runs.end', () =>
    store.runs.end(run.id, {
      state: 'succeeded',
      statistics: { computeMs: 12 },
      events: [{ runId: run.id, type: 'run-ended', data: {} }],
    }),
  );
  perRun.push(performance.now() - startedAt);
  // As in the service, where something else has its turn between any two runs.
  await nextTurn();
}
timings.set('a whole run', perRun);
assert.equal(store.events.lastSequence(), RUNS * (EVENTS + 1));

for (let index = 0; index < 200; index += 1) {
  timed('recordUpdateSent + durable()', () => undefined);
  const { run } = store.runs.create({ tokenId, input: input(index) });
  store.runs.start(run.id);
  await timedAsync('recordUpdateSent + durable(), waited for', async () => {
    store.updates.recordUpdateSent(run.id, { number: 1, canisterId: 'aaaaa-aa', method: 'm', requestIdHex });
    await store.durable();
  });
  store.runs.end(run.id, { state: 'cancelled' });
}
timings.delete('recordUpdateSent + durable()');

for (let group = 0; group < 20; group += 1) {
  const { run } = store.runs.create({ tokenId, input: input(group) });
  store.runs.start(run.id);
  for (let number = 0; number < 512; number += 1) {
    store.eventWriter.append({ runId: run.id, type: 'log', data: { text: 'x'.repeat(80) } });
  }
  timed('runs.end behind a full backlog (512 events)', () => store.runs.end(run.id, { state: 'failed' }));
}

let longestTurnMs = 0;
let isWatching = true;
let lastTurnAt = performance.now();
const watch = () => {
  const now = performance.now();
  longestTurnMs = Math.max(longestTurnMs, now - lastTurnAt);
  lastTurnAt = now;
  if (isWatching) setImmediate(watch);
};
setImmediate(watch);
const settings = { tokenId, concurrency: 4, common: {} };
const many = Array.from({ length: 10_000 }, (_, index) => input(index));
const { batch } = await timedAsync('batches.create, 10,000 runs', () => store.batches.create(settings, many));
isWatching = false;
timings.set('  its longest turn', [longestTurnMs]);
assert.equal(batch.counts.queued, 10_000);
for (;;) {
  const ids = timed('runs.cancelQueued, 50 runs', () => store.runs.cancelQueued(batch.id));
  if (ids.length === 0) break;
  await nextTurn();
}

for (let made = 12_000; made < 50_000; made += 10_000) {
  const { batch: next } = await store.batches.create(settings, many);
  while (store.runs.cancelQueued(next.id).length > 0) await nextTurn();
}
for (let index = 0; index < 100; index += 1) {
  timed('history.runs, newest 100', () => assert.equal(store.history.runs().items.length, 100));
  timed('history.runs, 100 of a canister', () =>
    assert.equal(store.history.runs({ canisterId: 'canister-7' }).items.length, 100),
  );
  timed('history.runs, 100 of a state', () => store.history.runs({ states: ['failed'] }));
}
for (let index = 0; index < 5; index += 1) {
  timed('history.runs, a canister and a rare state (worst case)', () =>
    store.history.runs({ canisterId: 'canister-7', states: ['interrupted', 'running'] }),
  );
  timed('history.runs, no match for a token (worst case)', () => store.history.runs({ tokenId: 'nobody' }));
  timed('events.read, 1,000', () => assert.equal(store.events.read({ limit: 1000 }).length, 1000));
  timed('events.read, 100', () => assert.equal(store.events.read({ limit: 100 }).length, 100));
}
console.log(
  `store of ${(store.retention.usedBytes() / 1e6).toFixed(0)} MB, log ${statSync(`${file}-wal`).size} bytes`,
);
timed('close', () => undefined);
await store.close();
store = timed('openStore, 50,000 runs', () => openStore({ file }));
const swept = await store.retention.sweep({ maximumBytes: 5e6 });
console.log('retention', swept, `leaves ${store.retention.usedBytes()} bytes, file ${statSync(file).size}`);
await store.close();
rmSync(folder, { recursive: true });

console.log(`node ${process.version}, ${cpus()[0]?.model}`);
timings.delete('close');
for (const [name, list] of timings) {
  const sorted = list.toSorted((left, right) => left - right);
  const at = (part) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] * 1000).toFixed(0);
  const mean = ((list.reduce((sum, ms) => sum + ms, 0) / list.length) * 1000).toFixed(1);
  console.log(
    `${name.padEnd(56)} mean ${mean} µs, p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} (${list.length}×)`,
  );
}
