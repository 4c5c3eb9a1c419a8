// Every place taken by a run that never ends by itself: those behind them get their turn all the same.

import { afterEach, expect, test } from 'vitest';
import { SandboxPool } from '#src/main/index.js';
import { hostAnswering, hostCalling, inputFor } from '../../support/host.js';
import { TRANSLATIONS } from '../../support/translations.js';
import { componentOf } from '../support/attack.js';

let pool: SandboxPool;
afterEach(() => pool.close({ deadlineMs: 0 }));

test('loops, sleeps and waits in every place end, each for its own reason, and the others run', async () => {
  const PLACES = 3;
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: PLACES, minThreads: PLACES });
  const [looping, sleeping, calling] = await Promise.all(
    ['memory-fill-loop', 'sleeps-forever', 'calls-query'].map(async (name) =>
      pool.prepare({ bytes: await componentOf(name) }),
    ),
  );
  if (looping === undefined || sleeping === undefined || calling === undefined) throw new Error('no guests');
  const stuck = [
    pool.run(looping, inputFor('loops'), { host: hostAnswering(), limits: { computeBudgetMs: 150 } }),
    pool.run(sleeping, inputFor('sleeps'), { host: hostAnswering(), limits: { computeBudgetMs: 150 } }),
    pool.run(calling, inputFor('waits'), {
      host: hostCalling(() => new Promise(() => {})),
      limits: { wallTimeMs: 200 },
    }),
  ];
  const behind = Array.from({ length: 9 }, (_, number) =>
    pool.run(calling, inputFor(number), { host: hostAnswering() }),
  );
  expect(pool.stats()).toMatchObject({ running: PLACES, queued: 9 });
  expect((await Promise.all(behind)).every(({ ok }) => ok)).toBe(true);
  const codes = (await Promise.all(stuck)).map((result) => (result.ok ? 'ok' : result.error.code));
  expect(codes).toEqual(['COMPUTE_BUDGET_EXCEEDED', 'COMPUTE_BUDGET_EXCEEDED', 'WALL_TIME_EXCEEDED']);
  expect(pool.stats()).toMatchObject({ running: 0, queued: 0, stuckThreads: 0 });
  expect(pool.stats().threads).toBeLessThanOrEqual(PLACES);
});

test('one canister whose runs are all stuck keeps its places from no other', async () => {
  pool = await SandboxPool.create({
    cacheFolder: TRANSLATIONS,
    maxThreads: 2,
    minThreads: 2,
    limits: { computeBudgetMs: 100 },
  });
  const looping = await pool.prepare({ bytes: await componentOf('loops') });
  const calling = await pool.prepare({ bytes: await componentOf('calls-query') });
  const stuck = Array.from({ length: 5 }, () =>
    pool.run(looping, inputFor('hostile'), { host: hostAnswering() }),
  );
  const others = Array.from({ length: 20 }, (_, number) =>
    pool.run(calling, inputFor(number), { host: hostAnswering() }),
  );
  expect((await Promise.all(others)).every(({ ok }) => ok)).toBe(true);
  // All but the first of the hostile ones have not even begun.
  expect(pool.stats().queued).toBeGreaterThanOrEqual(1);
  const codes = (await Promise.all(stuck)).map((result) => (result.ok ? 'ok' : result.error.code));
  expect(new Set(codes)).toEqual(new Set(['COMPUTE_BUDGET_EXCEEDED']));
});
