// Recursion to the end of the stack: in the guest alone, in cabi_realloc while the host hands something over, and
// so deep that what runs out of stack is the host's own code.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack, attackedPool } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const REALLOC_RECURSES = `;; Recurses without end when the host asks for memory for a reply.

(func $run (result i32)
  (global.set $armed (i32.const 1))
  (drop (call $query (text "count") (text "DIDL\\00\\00")))
  (call $ok))

(global $armed (mut i32) (i32.const 0))

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (if (global.get $armed)
    (then
      (return
        (i32.add (i32.const 1)
          (call $realloc (local.get $old) (local.get $old-size) (local.get $align) (local.get $size))))))
  (i32.const 65536))
`;
const CALLS_THE_HOST_AT_A_DEPTH = `;; Goes as deep as the parameter says and calls the host there: a file is opened, a line printed, a query made.

(func $run (result i32)
  (local $unused i32)
  (drop (call $deeper (call $parameter (i32.const 0))))
  (call $ok))

(func $deeper (param $left i32) (result i32)
  (if (result i32) (i32.eqz (local.get $left))
    (then
      (call $open-at (call $directory) (i32.const 1) (text "inside.txt") (i32.const 0) (i32.const 1) (i32.const 64))
      (call $print (text "down here\\n"))
      (call $query (text "count") (text "DIDL\\00\\00")))
    (else (i32.add (call $deeper (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))))
`;
const ASKS_FOR_RANDOM_BYTES_AT_A_DEPTH = `;; Goes as deep as the parameter says and asks for random bytes there.

(import "wasi:random/random@WASI" "get-random-bytes" (func $get-random-bytes (param i64 i32)))

(func $run (result i32)
  (drop (call $deeper (call $parameter (i32.const 0))))
  (call $ok))

(func $deeper (param $left i32) (result i32)
  (if (result i32) (i32.eqz (local.get $left))
    (then
      (call $get-random-bytes (i64.const 8) (i32.const 64))
      (i32.const 0))
    (else (i32.add (call $deeper (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))))
`;

const pool = poolForTests(['recurses', 'returns-ok', REALLOC_RECURSES, CALLS_THE_HOST_AT_A_DEPTH]);
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'recurses-'));
  writeFileSync(join(directory, 'inside.txt'), 'inside\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each(['recurses', REALLOC_RECURSES])(
  'recursion without end exhausts the stack, and no more',
  async (guest) => {
    expect((await attack(pool(), guest)).ending).toBe('STACK_EXHAUSTED');
  },
);

test('recursion that 512 KiB of stack would hold is not refused', async () => {
  expect((await attack(pool(), 'recurses', { file: '5000' })).ending).toBe('ok');
});

/** The deepest that `at` gets to, within 20. */
async function deepest(at: (depth: number) => Promise<string>): Promise<number> {
  let enough = 1000;
  let tooDeep = 8_000_000;
  while (tooDeep - enough > 20) {
    const middle = Math.floor((enough + tooDeep) / 2);
    if ((await at(middle)) === 'ok') enough = middle;
    else tooDeep = middle;
  }
  return enough;
}

test('wherever the host itself runs out of stack, the run ends and no descriptor is left open', async () => {
  const at = async (depth: number) => {
    const { ending } = await attack(pool(), CALLS_THE_HOST_AT_A_DEPTH, {
      environment: `depth-${depth}`,
      directory,
    });
    expect(['ok', 'STACK_EXHAUSTED']).toContain(ending);
    return ending;
  };
  // The frames become smaller when the engine compiles the guest for the second time.
  let enough = await deepest(at);
  for (let again = await deepest(at); again > enough * 1.01; again = await deepest(at)) enough = again;
  const descriptors = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
  const before = descriptors();
  const endings = [];
  for (let depth = enough - 40; depth < enough + 200; depth += 6) endings.push(await at(depth));
  expect(endings).toContain('STACK_EXHAUSTED');
  expect(descriptors()).toBeLessThanOrEqual(before + 2);
});

test('wherever the host loads what it needs for an answer, it is there for the next run', async () => {
  const onOneThread = async (depths: readonly number[]) => {
    await using fresh = await attackedPool({});
    const endings = [];
    for (const depth of depths) {
      const { ending } = await attack(fresh, ASKS_FOR_RANDOM_BYTES_AT_A_DEPTH, {
        environment: `depth-${depth}`,
      });
      endings.push(ending);
    }
    return endings;
  };
  const enough = await deepest(async (depth) => (await onOneThread([depth]))[0] as string);
  // Near the end in small steps. Where it is depends on when the engine compiles the guest for the second time.
  const near = Array.from({ length: 10 }, (_, index) => enough - 40 + 12 * index);
  const firsts = new Set<string>();
  for (const depth of [Math.floor(enough / 4), ...near, 8_000_000]) {
    const [first, second] = await onOneThread([depth, 1000]);
    firsts.add(first as string);
    expect(second).toBe('ok');
  }
  expect([...firsts].sort()).toEqual(['STACK_EXHAUSTED', 'ok']);
});
