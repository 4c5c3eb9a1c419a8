import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MalformedBinary } from '#src/main/component/byte-reader.js';
import { limitCoreModule } from '#src/main/component/core-module/limit-core-module.js';
import { UnsupportedInModule } from '#src/main/component/core-module/unsupported-in-module.js';
import { assemble, binary, body, isValid, section, unsigned } from './support/modules.js';

const SEED = assemble(`
  (import "e" "f" (func $f (param i32)))
  (memory 1 9) (table $t 2 9 funcref) (global $g funcref (ref.func $a)) (tag $e)
  (func $a (export "a") (param i32) (result i32) (local i64 v128)
    (try (do (call $f (i32.const 7))) (catch $e (br 0)))
    (block (br_table 0 0 0 (local.get 0)))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 2))
    (memory.copy (i32.const 0) (i32.const 1) (i32.const 2))
    (memory.init $d (i32.const 0) (i32.const 1) (i32.const 2))
    (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1))
    (drop (table.grow $t (ref.func $a) (i32.const 0)))
    (local.set 2 (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 1 2) (v128.load (i32.const 0))))
    (drop (i32.atomic.load offset=8 (i32.const 0)))
    (call_indirect $t (param i32) (local.get 0) (i32.const 0))
    (memory.grow (local.get 0)))
  (data $d "abc") (elem (i32.const 0) $a $f) (elem func $a) (elem funcref (ref.null func) (ref.func $f))`);

/** The result, or undefined where the bytes are refused; anything else that is thrown fails the test. */
function limited(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return limitCoreModule(bytes).bytes;
  } catch (error) {
    if (error instanceof MalformedBinary || error instanceof UnsupportedInModule) return undefined;
    throw error;
  }
}

/** What must hold of any bytes. */
function hold(bytes: Uint8Array): void {
  const valid = isValid(bytes);
  let refused = false;
  let result: Uint8Array | undefined;
  try {
    result = limitCoreModule(bytes).bytes;
  } catch (error) {
    expect(error instanceof MalformedBinary || error instanceof UnsupportedInModule, String(error)).toBe(
      true,
    );
    refused = error instanceof UnsupportedInModule;
  }
  if (valid) expect(refused || (result !== undefined && isValid(result))).toBe(true);
}

describe('whatever the bytes are, they are limited or refused', () => {
  test('when some are changed', () => {
    const change = fc.tuple(fc.nat(SEED.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(SEED);
        for (const [at, value] of changes) bytes[at] = value;
        hold(bytes);
      }),
      { numRuns: 20_000 },
    );
  });

  test('when a bit is flipped, anywhere', () => {
    for (let bit = 0; bit < SEED.length * 8; bit++) {
      const bytes = Uint8Array.from(SEED);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      hold(bytes);
    }
  });

  test('when they are cut, anywhere', () => {
    for (let length = 0; length < SEED.length; length++) hold(SEED.subarray(0, length));
  });

  test('when they are random, after a header or the beginning of a section', () => {
    const header = [...SEED.subarray(0, 8)];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 14 }), (random, id) => {
        hold(random);
        hold(Uint8Array.from([...header, ...random]));
        hold(Uint8Array.from([...header, id, random.length, ...random]));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a count far beyond what is there is refused at once', () => {
  const most = unsigned(0xffff_ffff);
  const types = section(1, [[0x60, 0, 0]]);

  test.each<[string, Uint8Array]>([
    ...[1, 2, 3, 4, 5, 6, 7, 9, 10, 13].map((id): [string, Uint8Array] => [
      `section ${id}`,
      binary(types, [id, most.length, ...most]),
    ]),
    ['of parameters', binary([1, 7, 1, 0x60, ...most])],
    ['of locals', binary(types, section(3, [[0]]), section(10, [[most.length, ...most]]))],
    ['of labels', binary(types, section(3, [[0]]), section(10, [body(0x0e, ...most)]))],
    ['of catches', binary(types, section(3, [[0]]), section(10, [body(0x1f, 0x40, ...most)]))],
    ['of elements', binary(section(9, [[1, 0, ...most]]))],
    ['of bytes in a section', binary([1, ...most])],
    ['of bytes in a body', binary(types, section(3, [[0]]), section(10, [[...most]]))],
    ['of bytes in a name', binary(section(2, [[...most]]))],
  ])('%s', (_what, bytes) => {
    expect(limited(bytes)).toBeUndefined();
  });
});

test('what is added cannot be reached by an index', () => {
  const withCall = (index: number) =>
    binary(
      section(1, [[0x60, 0, 0]]),
      section(3, [[0]]),
      section(5, [[0, 1]]),
      section(10, [body(0x41, 0, 0x40, 0, 0x1a, 0x10, index)]),
    );
  expect(limited(withCall(0))).toBeDefined();
  for (const index of [1, 2, 3, 4]) expect(limited(withCall(index))).toBeUndefined();
});

test('a number of more than one byte, where one is enough, is read as what it is', () => {
  const padded = (value: number) => [value | 0x80, 0x80, 0x80, 0x80, 0];
  const bytes = binary(
    section(1, [[0x60, 0, 0]]),
    section(3, [[0], [0]]),
    section(5, [[0, 1]]),
    section(9, [[3, 0, 1, ...padded(0)]]),
    section(10, [
      body(0x10, ...padded(1), 0xd2, ...padded(0), 0x1a, 0x41, 0, 0x40, 0, 0x1a),
      body(0x41, 0, 0x41, 0, 0x41, 0, 0xfc, ...padded(0x0b), 0),
    ]),
  );
  expect(isValid(bytes)).toBe(true);
  expect(isValid(limitCoreModule(bytes).bytes)).toBe(true);
});
