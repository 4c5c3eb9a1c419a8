import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHUNK_BYTES } from '#src/main/component/core-module/helper-functions.js';
import { assemble, both } from './support/modules.js';

const PAGE = 65_536;

/** Room for more than two chunks, so that ranges of several overlap. */
const PAGES = (3 * CHUNK_BYTES) / PAGE;
const SIZE = PAGES * PAGE;

const MODULE = assemble(`
  (memory (export "memory") ${PAGES})
  (func (export "fill") (param i32 i32 i32)
    (memory.fill (local.get 0) (local.get 1) (local.get 2)))
  (func (export "copy") (param i32 i32 i32)
    (memory.copy (local.get 0) (local.get 1) (local.get 2)))`);

type Step = readonly [operation: 'fill' | 'copy', first: number, second: number, length: number];

/** Places and lengths near those where something changes: nothing, a chunk or two, the end of memory, beyond it. */
const near = fc
  .tuple(
    fc.constantFrom(0, CHUNK_BYTES / 2, CHUNK_BYTES, 2 * CHUNK_BYTES, SIZE, 2 ** 31, 2 ** 32),
    fc.integer({ min: -3, max: 3 }),
  )
  .map(([base, distance]) => (base + distance) >>> 0);
const place = fc.oneof(near, fc.nat(SIZE));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('fill' as const), place, fc.nat(300), place),
  fc.tuple(fc.constant('copy' as const), place, place, place),
);

/** Fills memory so that no two stretches of it are alike. */
function scatter(memory: WebAssembly.Memory): void {
  const words = new Uint32Array(memory.buffer);
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index, 0x9e37_79b1);
}

/** What the call does: whether it traps, and how. */
function outcome(guest: Record<string, CallableFunction>, [operation, ...rest]: Step): string {
  try {
    guest[operation]?.(...rest);
    return 'done';
  } catch (error) {
    expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
    return (error as Error).message;
  }
}

const guests = both(MODULE);
const memories = guests.map((guest) => guest['memory'] as never as WebAssembly.Memory);

function agree(steps: readonly Step[]): void {
  for (const memory of memories) scatter(memory);
  for (const step of steps) expect(outcome(guests[1], step), String(step)).toBe(outcome(guests[0], step));
  const [before, after] = memories.map(({ buffer }) => Buffer.from(buffer));
  expect(before !== undefined && after?.equals(before), JSON.stringify(steps)).toBe(true);
}

describe('filling and copying do what the engine does', () => {
  test('whatever the ranges', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => agree(steps)),
      { numRuns: 40 },
    );
  });

  test.each<[string, Step]>([
    ['two chunks and some, forward', ['copy', 5, 1000, 2 * CHUNK_BYTES + 77]],
    ['two chunks and some, backward', ['copy', 1000, 5, 2 * CHUNK_BYTES + 77]],
    ['forward by one', ['copy', 0, 1, SIZE - 1]],
    ['backward by one', ['copy', 1, 0, SIZE - 1]],
    ['backward by a chunk', ['copy', CHUNK_BYTES, 0, 2 * CHUNK_BYTES]],
    ['onto itself', ['copy', 9, 9, 2 * CHUNK_BYTES]],
    ['all of memory', ['fill', 0, 0x1ff, SIZE]],
    ['all but the edges', ['fill', 1, 7, SIZE - 2]],
    ['exactly a chunk', ['fill', 3, 7, CHUNK_BYTES]],
    ['exactly two chunks', ['fill', 3, 7, 2 * CHUNK_BYTES]],
    ['past the end by one', ['fill', 1, 7, SIZE]],
    ['from past the end', ['copy', 0, 1, SIZE]],
    ['to past the end', ['copy', 1, 0, SIZE]],
    ['as much as can be said', ['copy', 0xffff_ffff, 0xffff_ffff, 0xffff_ffff]],
    ['nothing at the end', ['fill', SIZE, 7, 0]],
    ['nothing past the end', ['fill', SIZE + 1, 7, 0]],
  ])('%s', (_what, one) => {
    agree([one]);
  });
});
