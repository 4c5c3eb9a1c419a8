import { expect, test } from 'vitest';
import { input, TestClock, TOKEN, temporaryStore } from './support/stores.js';

const MINUTE_MS = 60_000;

function storeWithRuns() {
  const clock = new TestClock();
  const store = temporaryStore(clock);
  const startMs = clock.nowMs;
  /** Ends runs, at a minute behind the start. */
  const end = (minute: number, state: 'succeeded' | 'failed', count: number, tokenId = TOKEN): void => {
    clock.nowMs = startMs + minute * MINUTE_MS + 7_000;
    for (let number = 0; number < count; number++) {
      const { run } = store.runs.create({ tokenId, input: input() });
      store.runs.start(run.id);
      store.runs.end(run.id, { state, statistics: { computeMs: 2.5, waitingMs: 10 } });
    }
  };
  end(0, 'succeeded', 3);
  end(1, 'failed', 1);
  end(1, 'succeeded', 1, 'another-token');
  end(6, 'succeeded', 2);
  return { store, clock, startMs };
}

test('are counted by spans of time, each run once, spans without any left out', () => {
  const { store, startMs } = storeWithRuns();
  const toMs = startMs + 10 * MINUTE_MS;
  const items = store.totals.read({ fromMs: startMs, toMs, spanMs: 5 * MINUTE_MS });
  expect(items).toEqual([
    {
      fromMs: startMs,
      succeeded: 4,
      failed: 1,
      cancelled: 0,
      interrupted: 0,
      computeMs: 12.5,
      waitingMs: 50,
    },
    {
      fromMs: startMs + 5 * MINUTE_MS,
      succeeded: 2,
      failed: 0,
      cancelled: 0,
      interrupted: 0,
      computeMs: 5,
      waitingMs: 20,
    },
  ]);
  const byMinute = store.totals.read({ fromMs: startMs, toMs, spanMs: MINUTE_MS });
  expect(byMinute.map(({ fromMs, succeeded }) => [(fromMs - startMs) / MINUTE_MS, succeeded])).toEqual([
    [0, 3],
    [1, 1],
    [6, 2],
  ]);
});

test('are those of one token where that is asked for, and none from outside the time', () => {
  const { store, startMs } = storeWithRuns();
  const toMs = startMs + 2 * MINUTE_MS;
  const own = store.totals.read({ fromMs: startMs, toMs, spanMs: 60 * MINUTE_MS, tokenId: 'another-token' });
  expect(own).toMatchObject([{ succeeded: 1, failed: 0 }]);
  const all = store.totals.read({ fromMs: startMs, toMs, spanMs: 60 * MINUTE_MS });
  expect(all).toMatchObject([{ succeeded: 4, failed: 1 }]);
});

test('stay when the runs are no longer kept, and go with their own age', async () => {
  const { store, clock, startMs } = storeWithRuns();
  clock.nowMs = startMs + 60 * MINUTE_MS;
  await store.retention.sweep({ maximumAgeMs: 58 * MINUTE_MS });
  const items = store.totals.read({ fromMs: startMs, toMs: clock.nowMs, spanMs: 60 * MINUTE_MS });
  expect(items).toMatchObject([{ succeeded: 2, failed: 0 }]);
});
