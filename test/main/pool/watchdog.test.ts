import { afterEach, expect, test } from 'vitest';
import { type RunResult, SandboxPool } from '#src/main/index.js';
import { buildGuest } from '../../../fixtures/guests.mjs';
import { hostAnswering, inputFor } from '../../support/host.js';
import { TRANSLATIONS } from '../../support/translations.js';

const pools: SandboxPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close({ deadlineMs: 0 })));
});

async function poolWith(processMemoryBytes?: number): Promise<SandboxPool> {
  const pool = await SandboxPool.create({
    cacheFolder: TRANSLATIONS,
    maxThreads: 4,
    ...(processMemoryBytes === undefined ? {} : { processMemoryBytes }),
  });
  pools.push(pool);
  return pool;
}

/** Runs a guest, and calls `started` when its thread has begun. */
async function run(
  pool: SandboxPool,
  guest: string,
  limits: object,
  started: () => void = () => {},
): Promise<RunResult> {
  const plugin = await pool.prepare({ bytes: await buildGuest(guest) });
  return pool.run(plugin, inputFor(guest), { host: hostAnswering(), limits, onEvent: started });
}

/** Keeps this thread from its event loop until `isOver`. */
function block(isOver: () => boolean): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!isOver()) Atomics.wait(never, 0, 0, 10);
}

function blockFor(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  block(() => performance.now() > until);
}

/** Whatever else the machine does: until the process's other threads have computed for that long. */
function blockWhileOthersCompute(milliseconds: number): void {
  const before = process.cpuUsage();
  block(() => process.cpuUsage(before).user > milliseconds * 1000);
}

test('a busy main thread does not delay the end of a run that sleeps', async () => {
  const pool = await poolWith();
  // A thread and the watchdog are there before main is kept busy: this one is ended by the watchdog.
  await run(pool, 'sleeps-forever', { computeBudgetMs: 20 });
  const result = await run(pool, 'sleeps-forever', { computeBudgetMs: 300 }, () => blockFor(2000));
  expect(result).toMatchObject({ ok: false, error: { code: 'COMPUTE_BUDGET_EXCEEDED' } });
  // Ended by the main thread it would have slept on until that had time.
  expect(result.statistics.sleepingMs).toBeLessThan(1500);
});

test('a run is charged to its end, also when the main thread comes late to end it', async () => {
  const pool = await poolWith();
  await run(pool, 'returns-ok', {});
  const result = await run(pool, 'loops', { computeBudgetMs: 300 }, () => blockWhileOthersCompute(1500));
  expect(result).toMatchObject({ ok: false, error: { code: 'COMPUTE_BUDGET_EXCEEDED' } });
  expect(result.statistics.computeMs).toBeGreaterThan(700);
});

test('the largest run ends when the process uses more than its share; the others finish', async () => {
  const resident = process.memoryUsage.rss();
  const pool = await poolWith(resident + 400 * 2 ** 20);
  const [hog, small] = await Promise.all([run(pool, 'writes-all-memory', {}), run(pool, 'sleeps', {})]);
  expect(small).toMatchObject({ ok: true });
  expect(hog).toMatchObject({
    ok: false,
    error: { code: 'MEMORY_LIMIT_EXCEEDED', details: { setting: 'processMemoryBytes' } },
  });
  if (!hog.ok) expect(hog.error.hint).toContain(`now ${resident + 400 * 2 ** 20}`);
});
