// Calls without end, to a canister that answers at once, never, or with too much.

import { expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const pool = poolForTests(['calls-without-end', 'calls-query', 'calls-then-loops']);

test('calls are counted, and the one over the limit is not made', async () => {
  const { ending, calls } = await attack(pool(), 'calls-without-end', { limits: { hostCalls: 500 } });
  expect(ending).toBe('HOST_CALL_LIMIT_EXCEEDED');
  expect(calls).toHaveLength(500);
});

test('quick calls without end use up the budget', async () => {
  const { ending, calls } = await attack(pool(), 'calls-without-end', { limits: { computeBudgetMs: 100 } });
  expect(ending).toBe('COMPUTE_BUDGET_EXCEEDED');
  expect(calls.length).toBeGreaterThan(100);
});

test('a reply that never comes ends with the wall time, and the call is told', async () => {
  let told: AbortSignal | undefined;
  const { ending } = await attack(pool(), 'calls-query', {
    // Long enough for the call to be made on a machine that has much else to do.
    limits: { wallTimeMs: 1500, computeBudgetMs: 1000 },
    host: {
      canisterCall: (_request, { signal }) => {
        told = signal;
        return new Promise(() => {});
      },
    },
  });
  expect(ending).toBe('WALL_TIME_EXCEEDED');
  expect(told?.aborted).toBe(true);
});

test('replies that are too large come as errors, and pile nothing up', async () => {
  const { ending, result } = await attack(pool(), 'calls-query', {
    host: { canisterCall: async () => ({ tag: 'ok', val: new Uint8Array(20_000_000) }) },
  });
  expect(ending).toBe('error: canister call failed: the reply has 20000000 bytes, over the limit of 8388608');
  expect(result.statistics.hostCalls).toBe(1);
});
