// Addresses and lengths that lie: lists outside of memory or longer than it, text that is none, and an allocator that
// gives the host addresses out of bounds or askew, calls out, or moves memory under the host's feet.

import { expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const OVERLAPS = `;; Polls lists that lie over one another and over the place of the result.

(import "wasi:clocks/monotonic-clock@WASI" "subscribe-duration" (func $subscribe-duration (param i64) (result i32)))
(import "wasi:io/poll@WASI" "poll" (func $poll (param i32 i32 i32)))

(func $run (result i32)
  (local $pollable i32) (local $at i32)
  (local.set $pollable (call $subscribe-duration (i64.const 1)))
  (loop $again
    (i32.store (i32.add (i32.const 512) (local.get $at)) (local.get $pollable))
    (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 64))))
  (call $poll (i32.const 512) (i32.const 8) (i32.const 516))
  (call $ok))
`;
const MISALIGNED_LIST = `;; Polls a list at an odd address.

(import "wasi:io/poll@WASI" "poll" (func $poll (param i32 i32 i32)))

(func $run (result i32)
  (call $poll (i32.const 513) (i32.const 1) (i32.const 64))
  (call $ok))
`;
const RESULT_OUT_OF_BOUNDS = `;; Has the host put a result beyond the end of memory.

(func $run (result i32)
  (call $canister-call (i32.const 1024) (i32.const 0) (i32.const 1024) (i32.const 0) (i32.const 1) (i32.const 0)
    (i64.const 0) (i32.const -8))
  (call $ok))
`;
const REPLY_OVER_THE_RESULT = `;; Gives the host, for the reply, the very place of the result and of the stack of texts.

(func $run (result i32)
  (global.set $armed (i32.const 1))
  (if (call $query (text "count") (text "DIDL\\00\\00")) (then (return (call $ok))))
  (call $ok))

(global $armed (mut i32) (i32.const 0))

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (if (result i32) (global.get $armed) (then (i32.const 32)) (else (i32.const 65536))))
`;
const MOVES_MEMORY = `;; Grows its memory each time that the host asks for some, so that every view the host had is void.

(func $run (result i32)
  (if (call $query (text "count") (text "DIDL\\00\\00")) (then (return (call $error (call $reply)))))
  (call $print (call $reply))
  (call $ok))

(func $realloc (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
  (i32.shl (memory.grow (i32.const 1)) (i32.const 16)))
`;
const METHOD_NOT_UTF8 = `;; Calls a method whose name is half a character and a surrogate.

(func $run (result i32)
  (drop (call $query (text "a\\c3\\ed\\a0\\80") (text "DIDL\\00\\00")))
  (call $ok))
`;

const LIES: readonly (readonly [what: string, guest: string, why: string | RegExp])[] = [
  ['an argument of 2^32-1 bytes', 'calls-with-huge-list-length', 'lies outside its memory'],
  ['a method name of 2^32-1 bytes', 'calls-with-huge-string-length', 'lies outside its memory'],
  ['an argument beyond the end of memory', 'calls-with-argument-out-of-bounds', 'lies outside its memory'],
  ['a method name that is not UTF-8', METHOD_NOT_UTF8, 'not valid Unicode'],
  ['a call type there is not', 'calls-with-unknown-type', 'invalid discriminant'],
  ['a place for the result beyond the end of memory', RESULT_OUT_OF_BOUNDS, 'outside the bounds'],
  ['an error that is not UTF-8', 'returns-error-not-utf8', 'not valid Unicode'],
  ['an error beyond the end of memory', 'returns-error-out-of-bounds', 'lies outside its memory'],
  ['an error of 2^32-1 bytes', 'returns-huge-error-length', 'lies outside its memory'],
  ['a result that is neither ok nor error', 'returns-neither', 'invalid variant discriminant'],
  ['a result beyond the end of memory', 'returns-out-of-bounds', 'outside the bounds'],
  ['a list at an odd address', MISALIGNED_LIST, 'not aligned'],
  ['cabi_realloc giving addresses beyond the end', 'cabi-realloc-out-of-bounds', 'lies outside its memory'],
  ['cabi_realloc giving odd addresses', 'cabi-realloc-misaligned', 'misaligned'],
  ['cabi_realloc making a call', 'cabi-realloc-calls', 'cannot leave'],
  ['cabi_realloc trapping', 'cabi-realloc-traps', 'unreachable'],
  ['post-return making a call', 'post-return-calls', 'cannot leave'],
  // In the words of Node 20 to 24, and of 26.
  ['a start function making a call', 'start-calls', /null function|function signature mismatch/],
  ['a handle dropped twice', 'drops-twice', 'unknown handle'],
  ['a handle that was never given', 'uses-unknown-handle', 'unknown handle'],
];

const pool = poolForTests();

test.each(LIES)('%s ends the guest', async (what, guest, why) => {
  const { ending, message, calls } = await attack(pool(), guest);
  expect(ending).toMatch(/^PLUGIN_(TRAPPED|MISBEHAVED)$/);
  expect(message).toMatch(why);
  // Nothing was sent; but for the result's place, which is looked at when there is a result.
  if (!what.startsWith('a place')) expect(calls).toEqual([]);
});

test('an allocator that overlaps everything harms itself alone', async () => {
  for (const guest of [OVERLAPS, REPLY_OVER_THE_RESULT]) {
    const { ending } = await attack(pool(), guest);
    expect(ending).toMatch(/^(ok|error: .*|PLUGIN_(TRAPPED|MISBEHAVED))$/s);
  }
});

test('memory that moves at every allocation is found again', async () => {
  const { ending, stdout } = await attack(pool(), MOVES_MEMORY, {
    host: { canisterCall: async () => ({ tag: 'ok', val: Buffer.from('moved and found') }) },
  });
  expect(ending).toBe('ok');
  expect(stdout).toEqual(['moved and found']);
});
