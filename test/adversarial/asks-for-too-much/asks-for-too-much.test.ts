// Amounts that a host must not believe: what is asked for or claimed is not allocated.

import { expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';
import { peakGrowth, TELLS_PEAK } from '../support/process-memory.js';

const MIB = 1024 * 1024;

const READS_WHAT_STDIN_HAS_NOT = `;; Reads 2^64-1 bytes of stdin, which is empty.

(import "wasi:cli/stdin@WASI" "get-stdin" (func $get-stdin (result i32)))
(import "wasi:io/streams@WASI" "[method]input-stream.blocking-read" (func $blocking-read (param i32 i64 i32)))

(func $run (result i32)
  (call $blocking-read (call $get-stdin) (i64.const -1) (i32.const 64))
  (if (i32.load8_u (i32.const 64)) (then (return (call $ok))))
  (call $error (text "there was something")))
`;
const RANDOM_WITHOUT_END = `;; Asks for 16 MiB of random bytes again and again, each time into the same place.

(import "wasi:random/random@WASI" "get-random-bytes" (func $get-random-bytes (param i64 i32)))

(func $run (result i32)
  (drop (memory.grow (i32.const 300)))
  (loop $again
    (global.set $heap (i32.const 65536))
    (call $get-random-bytes (i64.const 16777216) (i32.const 64))
    (br $again))
  (unreachable))
`;

const pool = poolForTests([
  'asks-for-2-gib-of-random-bytes',
  'returns-long-error',
  'calls-with-big-argument',
  'calls-with-huge-list-length',
  'calls-with-huge-string-length',
  'returns-huge-error-length',
  READS_WHAT_STDIN_HAS_NOT,
  RANDOM_WITHOUT_END,
]);

const REFUSED = /^PLUGIN_(TRAPPED|MISBEHAVED)$/;

test.runIf(TELLS_PEAK).each([
  ['2 GiB of random bytes', 'asks-for-2-gib-of-random-bytes', /^PLUGIN_TRAPPED$/],
  ['2^64-1 bytes of stdin', READS_WHAT_STDIN_HAS_NOT, /^ok$/],
  ['a list of 2^32-1 bytes', 'calls-with-huge-list-length', REFUSED],
  ['a method name of 2^32-1 bytes', 'calls-with-huge-string-length', REFUSED],
  ['an error of 2^32-1 bytes', 'returns-huge-error-length', REFUSED],
])('%s costs the host nothing', async (_what, guest, ending) => {
  const growth = await peakGrowth(async () => {
    const { ending: ended, calls } = await attack(pool(), guest);
    expect(ended).toMatch(ending);
    expect(calls).toEqual([]);
  });
  expect(growth).toBeLessThan(40 * MIB);
});

test('an error of 100 MB is cut to what a person may read', async () => {
  const { ending, message } = await attack(pool(), 'returns-long-error');
  expect(ending).toMatch(/^error: x/);
  expect(message.length).toBeLessThanOrEqual(64 * 1024);
  expect(message.endsWith('…')).toBe(true);
});

test('an argument of 1 GB does not leave its thread', async () => {
  const { ending, calls } = await attack(pool(), 'calls-with-big-argument', { file: '1000' });
  expect(ending).toBe(
    'error: canister call failed: the request has 1000000003 bytes, over the limit of 4194304',
  );
  expect(calls).toEqual([]);
});

test.runIf(TELLS_PEAK)('random bytes without end pile nothing up', async () => {
  const growth = await peakGrowth(async () => {
    const { ending } = await attack(pool(), RANDOM_WITHOUT_END, { limits: { computeBudgetMs: 500 } });
    expect(ending).toBe('COMPUTE_BUDGET_EXCEEDED');
  });
  expect(growth).toBeLessThan(250 * MIB);
});
