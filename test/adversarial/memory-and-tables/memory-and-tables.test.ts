// Memory and tables that grow without end: growth is refused at the run's limit, a trap after that says why, and
// where the process itself is short of memory the largest run ends and the others go on.

import { afterEach, expect, test } from 'vitest';
import { SandboxPool } from '#src/main/index.js';
import { hostAnswering, hostCalling, inputFor } from '../../support/host.js';
import { TRANSLATIONS } from '../../support/translations.js';
import { attack, componentOf } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';
import { peakGrowth, TELLS_PEAK } from '../support/process-memory.js';

const MIB = 1024 * 1024;

const GROWS_BY_A_PAGE = `;; Grows by a page at a time, writing to each, and gives up at the first refusal.

(func $run (result i32)
  (local $page i32)
  (loop $again
    (local.set $page (memory.grow (i32.const 1)))
    (if (i32.ne (local.get $page) (i32.const -1))
      (then
        (i32.store (i32.shl (local.get $page) (i32.const 16)) (i32.const 1))
        (br $again))))
  (unreachable))
`;
const IGNORES_REFUSALS = `;; Asks for 4 GiB for ever, and never looks at the answer.

(func $run (result i32)
  (loop $again
    (drop (memory.grow (i32.const 65535)))
    (br $again))
  (unreachable))
`;
const GROWS_IN_START = `;; Grows by 64 MiB in its start function until that is refused, and traps.

(func $run (result i32) (call $ok))

(func $start
  (loop $again (br_if $again (i32.ne (memory.grow (i32.const 1024)) (i32.const -1))))
  (unreachable))

(start $start)
`;
const FILLS_AND_WAITS = `;; Fills as many megabytes as the parameter says, and makes a query.

(func $run (result i32)
  (local $bytes i32) (local $at i32)
  (local.set $bytes (i32.mul (call $parameter (i32.const 1)) (i32.const 1048576)))
  (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get $bytes)))
  (memory.fill (local.get $at) (i32.const 1) (local.get $bytes))
  (drop (call $query (text "count") (text "DIDL\\00\\00")))
  (call $ok))
`;

const pool = poolForTests([
  'grows-memory',
  'grows-memory-and-traps',
  'grows-table',
  GROWS_BY_A_PAGE,
  IGNORES_REFUSALS,
  GROWS_IN_START,
]);

test('growth is refused at the limit, and a guest that can do without goes on', async () => {
  const { ending, result } = await attack(pool(), 'grows-memory', { limits: { memoryBytes: 200 * MIB } });
  expect(ending).toMatch(/^error: refused at (128|19\d) MiB$/);
  expect(result.statistics.peakMemoryBytes).toBeLessThanOrEqual(200 * MIB);
});

test.runIf(TELLS_PEAK).each([
  ['in exec', 'grows-memory-and-traps'],
  ['by a page at a time', GROWS_BY_A_PAGE],
  ['in a start function', GROWS_IN_START],
])('growing %s and trapping at the refusal is told as the limit', async (_where, guest) => {
  const growth = await peakGrowth(async () => {
    const { ending } = await attack(pool(), guest, { limits: { memoryBytes: 64 * MIB } });
    expect(ending).toBe('MEMORY_LIMIT_EXCEEDED');
  });
  expect(growth).toBeLessThan(110 * MIB);
});

test('a guest that asks for ever ends with its budget', async () => {
  const { ending } = await attack(pool(), IGNORES_REFUSALS, {
    limits: { memoryBytes: 64 * MIB, computeBudgetMs: 150 },
  });
  expect(ending).toBe('COMPUTE_BUDGET_EXCEEDED');
});

test('tables are refused at their limit', async () => {
  const { ending } = await attack(pool(), 'grows-table', { limits: { tableElements: 55_000 } });
  expect(ending).toMatch(/^error: refused at [1-5]0000 elements$/);
});

test('memory from the start counts: a limit below it is told before anything runs', async () => {
  const { ending } = await attack(pool(), 'returns-ok', { limits: { memoryBytes: 64 * 1024 } });
  expect(ending).toBe('MEMORY_LIMIT_EXCEEDED');
});

let small: SandboxPool | undefined;
afterEach(() => small?.close({ deadlineMs: 0 }));

test('where the process runs short of memory, the largest run ends and the others do not', async () => {
  small = await SandboxPool.create({
    cacheFolder: TRANSLATIONS,
    maxThreads: 4,
    processMemoryBytes: process.memoryUsage.rss() + 350 * MIB,
  });
  const filling = await small.prepare({ bytes: await componentOf(FILLS_AND_WAITS) });
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const waiting = hostCalling(async () => {
    await released;
    return { tag: 'ok', val: new Uint8Array() };
  });
  const modest = [1, 2].map((number) =>
    small?.run(filling, { ...inputFor(number), environment: 'fills-8' }, { host: waiting }),
  );
  const large = await small.run(
    filling,
    { ...inputFor('large'), environment: 'fills-700' },
    { host: waiting },
  );
  release();
  expect(large).toMatchObject({ ok: false, error: { code: 'MEMORY_LIMIT_EXCEEDED' } });
  expect(await Promise.all(modest)).toMatchObject([{ ok: true }, { ok: true }]);
  expect(await small.run(filling, inputFor('next'), { host: hostAnswering() })).toMatchObject({ ok: true });
});
