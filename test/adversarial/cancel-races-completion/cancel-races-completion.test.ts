// Runs cancelled at every moment of their lives, the very last included: each has one ending, host functions are
// not called after it, and the pool has every place back.

import { afterEach, expect, test } from 'vitest';
import { SandboxPool } from '#src/main/index.js';
import { hostAnswering, hostCalling, inputFor } from '../../support/host.js';
import { TRANSLATIONS } from '../../support/translations.js';
import { componentOf } from '../support/attack.js';

let pool: SandboxPool;
afterEach(() => pool.close({ deadlineMs: 0 }));

test('runs cancelled at every stage end once, as done or as cancelled', async () => {
  const RUNS = 60;
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 4, minThreads: 4 });
  const calling = await pool.prepare({ bytes: await componentOf('calls-query') });
  const endings = await Promise.all(
    Array.from({ length: RUNS }, async (_, number) => {
      const controller = new AbortController();
      let ended = false;
      let callsAfterItsEnd = 0;
      // The number chooses the moment: while queued, at the start, in the first call, at its reply, right after.
      const stage = number % 5;
      if (stage === 0) setImmediate(() => controller.abort());
      const result = await pool.run(calling, inputFor(number), {
        host: hostCalling(async () => {
          if (ended) callsAfterItsEnd += 1;
          if (stage === 2) controller.abort();
          if (stage === 3) queueMicrotask(() => controller.abort());
          if (stage === 4) setImmediate(() => controller.abort());
          return { tag: 'ok', val: new Uint8Array([7]) };
        }),
        signal: controller.signal,
        onEvent: () => stage === 1 && controller.abort(),
      });
      ended = true;
      return { ending: result.ok ? 'ok' : result.error.code, stage, controller, callsAfterItsEnd };
    }),
  );
  for (const { ending, callsAfterItsEnd } of endings) {
    expect(['ok', 'CANCELLED']).toContain(ending);
    expect(callsAfterItsEnd).toBe(0);
  }
  expect(endings.filter(({ ending }) => ending === 'CANCELLED').length).toBeGreaterThan(RUNS / 4);
  expect(pool.stats()).toMatchObject({ running: 0, queued: 0, stuckThreads: 0 });
});

test('a thousand short runs with a hostile one among them', async () => {
  pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 4, minThreads: 4 });
  const [short, looping] = await Promise.all([
    pool.prepare({ bytes: await componentOf('returns-ok') }),
    pool.prepare({ bytes: await componentOf('loops') }),
  ]);
  const hostile = pool.run(looping, inputFor('hostile'), {
    host: hostAnswering(),
    limits: { computeBudgetMs: 200 },
  });
  const results = await Promise.all(
    Array.from({ length: 1000 }, (_, number) => pool.run(short, inputFor(number), { host: hostAnswering() })),
  );
  expect(results.filter(({ ok }) => ok)).toHaveLength(1000);
  expect(await hostile).toMatchObject({ ok: false, error: { code: 'COMPUTE_BUDGET_EXCEEDED' } });
  expect(pool.stats()).toMatchObject({ running: 0, queued: 0, stuckThreads: 0 });
});
