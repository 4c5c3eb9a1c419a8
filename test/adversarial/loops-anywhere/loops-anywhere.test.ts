// A guest that computes for ever ends with its budget, wherever it does so and with whatever instruction; and
// such a guest does not keep the process from exiting.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const BUDGET_MS = 150;
/** How late the end may come. */
const LATE_MS = 100;

const GROWS_TABLE_BY_NOTHING = `;; Grows its table by nothing, for ever.

(table $rows 1 10 funcref)

(func $run (result i32)
  (loop $again
    (drop (table.grow $rows (ref.null func) (i32.const 0)))
    (br $again))
  (unreachable))
`;
const FILLS_TABLE = `;; Fills a table of a million elements, for ever.

(table $rows 1000000 funcref)

(func $run (result i32)
  (loop $again
    (table.fill $rows (i32.const 0) (ref.null func) (i32.const 1000000))
    (br $again))
  (unreachable))
`;
const COPIES_TABLE = `;; Copies a table of a million elements onto itself, for ever.

(table $rows 1000000 funcref)

(func $run (result i32)
  (loop $again
    (table.copy $rows $rows (i32.const 1) (i32.const 0) (i32.const 999999))
    (br $again))
  (unreachable))
`;
const READS_DIRECTORIES = `;; Asks for its directories, for ever: all of its time goes by in the host.

(func $run (result i32)
  (loop $again
    (call $get-directories (i32.const 64))
    (br $again))
  (unreachable))
`;
const CATCHES_NOTHING = `;; Traps, in its start function, after a long loop that is cut short by nothing but the budget.

(func $run (result i32) (call $ok))

(func $start
  (local $n i64)
  (loop $again (br_if $again (i64.ne (i64.const 0) (local.tee $n (i64.sub (local.get $n) (i64.const 1))))))
  (unreachable))

(start $start)
`;

const LOOPS: readonly (readonly [where: string, guest: string])[] = [
  ['exec', 'loops'],
  ['a start function', 'start-loops'],
  ['a start function that would trap', CATCHES_NOTHING],
  ['cabi_realloc', 'cabi-realloc-loops'],
  ['post-return', 'post-return-loops'],
  ['memory.fill', 'memory-fill-loop'],
  ['memory.copy', 'memory-copy-loop'],
  ['memory.grow by nothing', 'memory-grow-zero-loop'],
  ['table.grow by nothing', GROWS_TABLE_BY_NOTHING],
  ['table.fill', FILLS_TABLE],
  ['table.copy', COPIES_TABLE],
  ['calls of the clock', 'clock-loop'],
  ['calls of the file system', READS_DIRECTORIES],
  ['exec, after ten calls', 'calls-then-loops'],
];

const pool = poolForTests([], { computeBudgetMs: BUDGET_MS });

test.each(LOOPS)('a loop in %s ends with the budget', async (_where, guest) => {
  const { result, ending } = await attack(pool(), guest);
  expect(ending).toBe('COMPUTE_BUDGET_EXCEEDED');
  expect(result.statistics.computeMs).toBeGreaterThanOrEqual(BUDGET_MS);
  expect(result.statistics.computeMs).toBeLessThan(BUDGET_MS + LATE_MS);
});

test.each(['memory-fill-loop', 'memory-grow-zero-loop'])(
  'the process exits when it is told to, with %s under way',
  async (guest) => {
    const script = fileURLToPath(new URL('./exits-with-a-loop-under-way.mjs', import.meta.url));
    const child = spawn(process.execPath, [script, guest], { stdio: ['ignore', 'inherit', 'inherit'] });
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).toBe(7);
  },
);
