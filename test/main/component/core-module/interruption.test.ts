// A thread that runs a limited module can be ended wherever it is, with the engine's settings as they are.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { limitCoreModule } from '#src/main/component/core-module/limit-core-module.js';
import { assemble } from './support/modules.js';

const PROCESS = fileURLToPath(new URL('./support/loop-process.mjs', import.meta.url));
const DEADLINE_MS = 8_000;
const MIB = 1024 * 1024;

/** Items of a module that loops around `slow`, after as many rounds of `quick` as it takes to be optimised. */
function loop(items: string, slow: string, quick = ''): string {
  return `
    (import "test" "looping" (func $looping)) ${items}
    (func $warmUp (param $rounds i32)
      (loop $again ${quick}
        (br_if $again (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1))))))
    (func (export "run")
      (call $warmUp (i32.const ${quick === '' ? 1 : 5_000_000}))
      ${slow} (call $looping) (loop $forever ${slow} (br $forever)))`;
}

const fill = (length: number) => `(memory.fill (i32.const 0) (i32.const 1) (i32.const ${length}))`;
const copy = (to: number, from: number, length: number) =>
  `(memory.copy (i32.const ${to}) (i32.const ${from}) (i32.const ${length}))`;
const tableFill = (length: number) => `(table.fill $t (i32.const 0) (ref.null extern) (i32.const ${length}))`;
const tableGrow = (length: number) => `(drop (table.grow $t (ref.null extern) (i32.const ${length})))`;

const MEMORY = '(memory 1200)';
const TABLE = '(table $t 1000000 externref)';

const LOOPS: readonly (readonly [what: string, module: string])[] = [
  ['filling 64 MiB', loop(MEMORY, fill(64 * MIB))],
  ['filling 1 GiB', loop('(memory 16384)', fill(1024 * MIB))],
  ['filling 16 MiB, once optimised', loop(MEMORY, fill(16 * MIB), fill(0))],
  ['copying 64 MiB forward', loop(MEMORY, copy(0, 9, 64 * MIB))],
  ['copying 64 MiB backward', loop(MEMORY, copy(9, 0, 64 * MIB))],
  ['copying 16 MiB, once optimised', loop(MEMORY, copy(9, 0, 16 * MIB), copy(0, 0, 0))],
  ['growing memory by nothing', loop(MEMORY, '(drop (memory.grow (i32.const 0)))')],
  ['growing memory in vain', loop('(memory 1 1)', '(drop (memory.grow (i32.const 1)))')],
  ['growing a table by nothing', loop(TABLE, tableGrow(0))],
  ['growing a table in vain', loop('(table $t 1 1 externref)', tableGrow(1))],
  ['filling a table', loop(TABLE, tableFill(1_000_000))],
  ['filling a table, once optimised', loop(TABLE, tableFill(1_000_000), tableFill(0))],
  ['copying a table', loop(TABLE, '(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 999999))')],
  [
    'initialising memory with some MB',
    loop(
      `${MEMORY} (data $d "${'x'.repeat(4 * MIB)}")`,
      `(memory.init $d (i32.const 0) (i32.const 0) (i32.const ${4 * MIB}))`,
    ),
  ],
  [
    'initialising a table',
    loop(
      `(table $t 100000 funcref) (elem $e func ${'$warmUp '.repeat(100_000)})`,
      '(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 100000))',
    ),
  ],
];

/** Whether the thread that runs the module could be ended before the deadline. */
async function ends(bytes: Uint8Array): Promise<boolean> {
  const child = fork(PROCESS, { serialization: 'advanced' });
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  try {
    child.send(bytes);
    return await new Promise((resolve, reject) => {
      child.once('message', (answer: { ended?: true; failed?: string }) =>
        answer.ended ? resolve(true) : reject(new Error(answer.failed)),
      );
      child.once('exit', () => resolve(false));
    });
  } finally {
    clearTimeout(deadline);
    child.kill('SIGKILL');
  }
}

describe('a thread ends in a loop of', () => {
  test.each(LOOPS)('%s', async (_what, module) => {
    expect(await ends(limitCoreModule(assemble(module)).bytes)).toBe(true);
  });
});

// Else the loops above would prove nothing.
test('the module as it was keeps its thread from ending', async () => {
  expect(await ends(assemble(loop('(memory 16384)', fill(1024 * MIB))))).toBe(false);
});
