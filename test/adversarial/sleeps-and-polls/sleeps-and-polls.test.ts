// Sleeping for ever and polling in ways that WASI does not allow.

import { expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const POLLS_MANY_TIMES_THE_SAME = `;; Polls a list of a million times the same pollable, which is ready in 292 years.

(import "wasi:clocks/monotonic-clock@WASI" "subscribe-duration" (func $subscribe-duration (param i64) (result i32)))
(import "wasi:io/poll@WASI" "poll" (func $poll (param i32 i32 i32)))

(func $run (result i32)
  (local $pollable i32) (local $list i32) (local $at i32)
  (local.set $pollable (call $subscribe-duration (i64.const 0x7fffffffffffffff)))
  (local.set $list (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 4000000)))
  (loop $again
    (i32.store (i32.add (local.get $list) (local.get $at)) (local.get $pollable))
    (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 4000000))))
  (call $poll (local.get $list) (i32.const 1000000) (i32.const 64))
  (call $ok))
`;

const pool = poolForTests([
  'sleeps-forever',
  'polls-nothing',
  'polls-huge-list',
  'hoards-pollables',
  POLLS_MANY_TIMES_THE_SAME,
]);

test('time asleep is charged, so that sleeping for ever ends with the budget', async () => {
  const { ending, result } = await attack(pool(), 'sleeps-forever', { limits: { computeBudgetMs: 150 } });
  expect(ending).toBe('COMPUTE_BUDGET_EXCEEDED');
  expect(result.statistics.computeMs).toBeGreaterThanOrEqual(150);
  expect(result.statistics.sleepingMs).toBeGreaterThan(100);
});

test.each(['sleeps-forever', POLLS_MANY_TIMES_THE_SAME])(
  'a sleeper that is cancelled ends at once',
  async (guest) => {
    const controller = new AbortController();
    let cancelledAt = 0;
    const { ending } = await attack(pool(), guest, {
      signal: controller.signal,
      onStarted: () =>
        setTimeout(() => {
          cancelledAt = performance.now();
          controller.abort();
        }, 20),
    });
    expect(ending).toBe('CANCELLED');
    expect(performance.now() - cancelledAt).toBeLessThan(1000);
  },
);

test('an empty list traps, and so does one that claims 2^32-1 pollables', async () => {
  expect((await attack(pool(), 'polls-nothing')).message).toContain('poll of an empty list');
  expect((await attack(pool(), 'polls-huge-list')).ending).toMatch(/TRAPPED|MISBEHAVED/);
});

test('pollables cannot be hoarded', async () => {
  const { ending, message } = await attack(pool(), 'hoards-pollables', { limits: { handles: 50 } });
  expect(ending).toBe('PLUGIN_TRAPPED');
  expect(message).toContain('too many pollables');
});
