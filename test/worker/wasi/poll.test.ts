import { afterEach, expect, test } from 'vitest';
import type { Pollable } from '#src/worker/wasi/poll.js';
import { drop, Exit, TestRun, Trap } from './support/run.js';

const MILLISECOND = 1_000_000n;
const SECOND = 1000n * MILLISECOND;
const NEVER = 2n ** 64n - 1n;

let run: TestRun;
afterEach(() => run.close());

function poll(pollables: readonly Pollable[]): number[] {
  return [...run.call<Uint32Array>('wasi:io/poll', 'poll', pollables)];
}

test('the monotonic clock starts with the run and does not go back', () => {
  run = new TestRun();
  const now = (): bigint => run.call('wasi:clocks/monotonic-clock', 'now');
  const first = now();
  expect(first).toBeGreaterThanOrEqual(0n);
  expect(first).toBeLessThan(60n * SECOND);
  expect(now()).toBeGreaterThanOrEqual(first);
  expect(run.call('wasi:clocks/monotonic-clock', 'resolution')).toBe(1n);
});

test('the wall clock tells the time', () => {
  run = new TestRun();
  const before = Date.now();
  const { seconds, nanoseconds } = run.call<{ seconds: bigint; nanoseconds: number }>(
    'wasi:clocks/wall-clock',
    'now',
  );
  const told = Number(seconds) * 1000 + nanoseconds / 1e6;
  expect(told).toBeGreaterThanOrEqual(before);
  expect(told).toBeLessThanOrEqual(Date.now());
  expect(run.call('wasi:clocks/wall-clock', 'resolution')).toEqual({ seconds: 0n, nanoseconds: 1_000_000 });
});

test('polling nothing is a trap', () => {
  run = new TestRun();
  expect(() => poll([])).toThrow('poll of an empty list');
});

test('what is ready is told at once, however long the rest takes', () => {
  run = new TestRun();
  const [late, stream, past] = [run.timer(NEVER), run.stdout().subscribe(), run.timer(0n)];
  expect(poll([late, stream, past, late, stream])).toEqual([1, 2, 4]);
  expect(run.sleeps).toEqual([]);
  expect(late.ready()).toBe(false);
});

test('a timer is slept for, and is ready then', () => {
  run = new TestRun();
  const before = performance.now();
  const [early, late] = [run.timer(20n * MILLISECOND), run.timer(NEVER)];
  expect(poll([late, early])).toEqual([1]);
  expect(performance.now() - before).toBeGreaterThanOrEqual(19);
  expect(early.ready()).toBe(true);
  early.block();
});

test('subscribe-instant counts from the same clock as now', () => {
  run = new TestRun();
  const now = run.call<bigint>('wasi:clocks/monotonic-clock', 'now');
  const pollable = run.call<Pollable>(
    'wasi:clocks/monotonic-clock',
    'subscribeInstant',
    now + 10n * MILLISECOND,
  );
  pollable.block();
  expect(run.call<bigint>('wasi:clocks/monotonic-clock', 'now')).toBeGreaterThanOrEqual(
    now + 10n * MILLISECOND,
  );
});

test('what never gets ready is waited for in bounded sleeps, until the host ends them', () => {
  let left = 5;
  run = new TestRun({
    sleep: () => {
      left -= 1;
      if (left === 0) throw new Exit(9);
    },
  });
  expect(() => poll([run.timer(NEVER), run.timer(NEVER)])).toThrow(Exit);
  expect(run.sleeps).toEqual([SECOND, SECOND, SECOND, SECOND, SECOND]);
});

test('pollables are counted, and given back when dropped', () => {
  run = new TestRun({ limits: { handles: 4 } });
  for (let round = 0; round < 20; round += 1) drop(run.timer(1n));
  const held = [run.timer(1n), run.timer(1n), run.stdout().subscribe(), run.stdin().subscribe()];
  expect(() => run.timer(1n)).toThrow('too many pollables held open');
  expect(held).toHaveLength(4);
});

test('a list longer than may be allocated is a trap', () => {
  run = new TestRun({ limits: { allocationBytes: 4000 } });
  const pollable = run.stdout().subscribe();
  expect(poll(new Array(1000).fill(pollable))).toHaveLength(1000);
  expect(() => poll(new Array(1001).fill(pollable))).toThrow(Trap);
});
