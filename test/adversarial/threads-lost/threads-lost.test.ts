// Threads that go away by themselves, under a run or before they are ready: their runs end with an error that says so,
// and those that come after get threads of their own.

import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SandboxPool } from '#src/main/index.js';
import { hostAnswering, hostCalling, inputFor } from '../../support/host.js';
import { TRANSLATIONS } from '../../support/translations.js';
import { componentOf } from '../support/attack.js';

let pool: SandboxPool;
const workers: Worker[] = [];
let onWorker: (worker: Worker) => void = () => {};
/** The stack of a thread for which none is asked; those of runs have one of their own. */
const USUAL_STACK_MB = 4;
const runThreads = () =>
  workers.filter(({ resourceLimits }) => resourceLimits?.stackSizeMb !== USUAL_STACK_MB);
const otherThreads = () =>
  workers.filter(({ resourceLimits }) => resourceLimits?.stackSizeMb === USUAL_STACK_MB);
const note = (worker: Worker): void => {
  workers.push(worker);
  onWorker(worker);
};
beforeEach(() => process.on('worker', note));
afterEach(async () => {
  process.off('worker', note);
  workers.length = 0;
  onWorker = () => {};
  await pool.close({ deadlineMs: 0 });
});

test('a thread that ends under its run takes that run along, and no other', async () => {
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 2, minThreads: 2 });
  const plugin = await pool.prepare({ bytes: await componentOf('calls-query') });
  const threads = runThreads();
  let calls = 0;
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const host = hostCalling(async () => {
    calls += 1;
    // Both runs wait by now: one of them loses its thread.
    if (calls === 2) {
      await threads[0]?.terminate();
      release();
    }
    await released;
    return { tag: 'ok', val: new Uint8Array() };
  });
  const results = await Promise.all([1, 2].map((number) => pool.run(plugin, inputFor(number), { host })));
  const endings = results.map((result) => (result.ok ? 'ok' : result.error.code)).sort();
  expect(endings).toEqual(['WORKER_LOST', 'ok']);
  expect(await pool.run(plugin, inputFor(3), { host: hostAnswering() })).toMatchObject({ ok: true });
  expect(pool.stats()).toMatchObject({ running: 0, queued: 0, stuckThreads: 0 });
});

test('a thread that fails while it starts fails the run that waits for it, and no later one', async () => {
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 1, minThreads: 1 });
  const plugin = await pool.prepare({ bytes: await componentOf('calls-query') });
  expect(await pool.run(plugin, inputFor(1), { host: hostAnswering() })).toMatchObject({ ok: true });
  const starting = new Promise<Worker>((resolve) => {
    onWorker = resolve;
  });
  await runThreads()[0]?.terminate();
  const thread = await starting;
  const run = pool.run(plugin, inputFor(2), { host: hostAnswering() });
  await new Promise((resolve) => setImmediate(resolve));
  thread.emit('error', new Error('there is no more room'));
  void thread.terminate();
  const waiting = await run;
  expect(waiting).toMatchObject({ ok: false, error: { code: 'WORKER_LOST' } });
  const results = await Promise.all(
    [3, 4, 5].map((number) => pool.run(plugin, inputFor(number), { host: hostAnswering() })),
  );
  expect(results).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
  expect(pool.stats()).toMatchObject({ running: 0, queued: 0, stuckThreads: 0 });
});

test('a thread that ends before it is ready is replaced, and the runs that wait for it go on', async () => {
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 1, minThreads: 1 });
  const plugin = await pool.prepare({ bytes: await componentOf('calls-query') });
  expect(await pool.run(plugin, inputFor(1), { host: hostAnswering() })).toMatchObject({ ok: true });
  onWorker = (worker) => {
    // The next one is let live.
    onWorker = () => {};
    void worker.terminate();
  };
  await workers[0]?.terminate();
  const results = await Promise.all(
    [2, 3, 4].map((number) => pool.run(plugin, inputFor(number), { host: hostAnswering() })),
  );
  expect(results).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
  expect(pool.stats()).toMatchObject({ running: 0, queued: 0, stuckThreads: 0 });
});

test('threads lost while they were started ahead do not keep a lost one from being replaced', async () => {
  let asked = false;
  let lostSince = 0;
  onWorker = (worker) => {
    if (worker.resourceLimits?.stackSizeMb === USUAL_STACK_MB) return;
    // All are lost, until the run has lost one too.
    if (!asked || lostSince++ === 0) void worker.terminate();
  };
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 8, minThreads: 1 });
  const plugin = await pool.prepare({ bytes: await componentOf('calls-query') });
  pool.warm(8);
  await expect.poll(() => pool.stats().threads).toBe(0);
  asked = true;
  const run = pool.run(plugin, inputFor(1), { host: hostAnswering() });
  expect(await run).toMatchObject({ ok: true });
  expect(lostSince).toBeGreaterThan(0);
});

test('without the thread that watches, no run goes on unwatched, and the next is watched again', async () => {
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 1, minThreads: 1 });
  const looping = await pool.prepare({ bytes: await componentOf('loops') });
  const run = () =>
    pool.run(looping, inputFor(1), { host: hostAnswering(), limits: { computeBudgetMs: 100 } });
  expect(await run()).toMatchObject({ ok: false, error: { code: 'COMPUTE_BUDGET_EXCEEDED' } });
  const unwatched = await pool.run(looping, inputFor(1), {
    host: hostAnswering(),
    limits: { computeBudgetMs: 5000 },
    onEvent: () => {
      for (const thread of otherThreads()) void thread.terminate();
    },
  });
  expect(unwatched).toMatchObject({ ok: false, error: { code: 'INTERNAL' } });
  expect(await run()).toMatchObject({ ok: false, error: { code: 'COMPUTE_BUDGET_EXCEEDED' } });
});
