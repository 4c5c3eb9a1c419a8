// Every opcode, against the engine: where an instruction ends must be known exactly, or what follows is misread.

import { describe, expect, test } from 'vitest';
import { limitCoreModule } from '#src/main/component/core-module/limit-core-module.js';
import { UnsupportedInModule } from '#src/main/component/core-module/unsupported-in-module.js';
import { binary, body, isValid, section, unsigned } from './support/modules.js';

const I32 = 0x7f;
const FUNCREF = 0x70;

/** A module that has one of everything an immediate of 0 can name; after `unreachable`, operands are what they must be. */
function moduleWith(instruction: readonly number[]): Uint8Array<ArrayBuffer> {
  const code = body(
    ...[0x00, ...instruction],
    // Closes a block, if the instruction opens one.
    ...(OPENS_BLOCK.has(instruction[0] as number) ? [0x00, 0x0b] : []),
    0x00,
  );
  return binary(
    section(1, [[0x60, 0, 0]]),
    section(3, [[0]]),
    section(4, [[FUNCREF, 0, 1]]),
    section(5, [[0, 1]]),
    section(13, [[0, 0]]),
    section(6, [[I32, 1, 0x41, 0, 0x0b]]),
    section(9, [[3, 0, 1, 0]]),
    [12, 1, 1],
    [10, ...unsigned(1 + code.length), 1, ...code],
    section(11, [[1, 0]]),
  );
}

const OPENS_BLOCK = new Set([0x02, 0x03, 0x04, 0x06, 0x1f]);

/** What may follow an opcode: so many zero bytes, or what else some instruction wants. */
const IMMEDIATES: readonly (readonly number[])[] = [
  ...Array.from({ length: 17 }, (_, length) => new Array<number>(length).fill(0)),
  [0x40],
  [0x40, 0],
  [1, FUNCREF],
  [FUNCREF],
  // A natural alignment, for atomics.
  ...[1, 2, 3, 4].flatMap((alignment) => [
    [alignment, 0],
    [alignment, 0, 0],
  ]),
];

/** Opcodes of what is refused although engines know it: garbage collection, and drafts that some have. */
const REFUSED = /^(d3|fb|06 .*|fc (12|13|14|15|16)|fe 04)/;

const opcodes = [
  ...Array.from({ length: 256 }, (_, opcode) => [opcode]).filter(([opcode]) => (opcode as number) < 0xfb),
  ...Array.from({ length: 0x20 }, (_, opcode) => [0xfc, ...unsigned(opcode)]),
  ...Array.from({ length: 0x120 }, (_, opcode) => [0xfd, ...unsigned(opcode)]),
  ...Array.from({ length: 0x60 }, (_, opcode) => [0xfe, ...unsigned(opcode)]),
];
const text = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

function limited(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return limitCoreModule(bytes).bytes;
  } catch {
    return undefined;
  }
}

describe('an instruction that the engine takes', () => {
  test('is taken with the same immediates, or one of those that are refused', () => {
    const known: string[] = [];
    const wrong: string[] = [];
    for (const opcode of opcodes) {
      for (const immediates of IMMEDIATES) {
        const module = moduleWith([...opcode, ...immediates]);
        if (!isValid(module)) continue;
        known.push(text(opcode));
        const result = limited(module);
        if (result !== undefined ? isValid(result) : REFUSED.test(text(opcode))) continue;
        wrong.push(text([...opcode, ...immediates]));
      }
    }
    expect(wrong).toEqual([]);
    // The MVP, vectors, atomics and the rest: an engine that knew few would prove little.
    expect(new Set(known).size).toBeGreaterThan(480);
  });
});

test('what the engine does not take is not made valid', () => {
  const wrong = opcodes.flatMap((opcode) =>
    IMMEDIATES.map((immediates) => moduleWith([...opcode, ...immediates]))
      .filter((module) => !isValid(module))
      .flatMap((module) => limited(module) ?? [])
      .filter((module) => isValid(module))
      .map(() => text(opcode)),
  );
  expect(wrong).toEqual([]);
});

describe('what came after the first version of WebAssembly', () => {
  const twoTypes = section(1, [
    [0x60, 0, 0],
    [0x60, 1, I32, 1, I32],
  ]);
  const code = (...bodies: number[][]) => section(10, bodies);

  const modules: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
    [
      'typed function references',
      binary(
        section(1, [
          [0x60, 0, 0],
          [0x60, 1, 0x64, 0, 1, 0x63, 0],
        ]),
        section(3, [[0], [1]]),
        section(4, [
          [0x40, 0, 0x64, 0, 0, 1, 0xd2, 0, 0x0b],
          [0x63, 0, 1, 1, 2],
        ]),
        section(9, [[3, 0, 1, 0]]),
        code(
          body(
            ...[0xd2, 0, 0x14, 0], // call_ref
            ...[0xd0, 0, 0xd4, 0x14, 0], // ref.as_non_null
            ...[0x02, 0x40, 0xd0, 0x70, 0xd5, 0, 0x1a, 0x0b], // br_on_null
            ...[0x02, 0x64, 0, 0xd0, 0, 0xd6, 0, 0xd2, 0, 0x0b, 0x1a], // br_on_non_null
            ...[0xd2, 0, 0x41, 1, 0xfc, 0x0f, 0, 0x1a], // table.grow of a table without null
            ...[0xd0, 0, 0x41, 1, 0xfc, 0x0f, 1, 0x1a],
            ...[0xd2, 0, 0x15, 0], // return_call_ref
          ),
          body(0x20, 0),
        ),
      ),
    ],
    [
      'several memories',
      binary(
        twoTypes,
        section(3, [[1]]),
        section(5, [
          [0, 1],
          [1, 1, 5],
        ]),
        code(
          body(
            ...[0x41, 0, 0x28, 0x42, 1, 4, 0x1a], // i32.load of memory 1
            ...[0x41, 0, 0x41, 0, 0x41, 9, 0xfc, 0x0a, 1, 0], // memory.copy between the two
            ...[0x41, 0, 0x41, 0, 0x41, 9, 0xfc, 0x0b, 1],
            ...[0x3f, 1, 0x40, 1],
          ),
        ),
      ),
    ],
    [
      'exceptions as values',
      binary(
        section(1, [[0x60, 0, 0]]),
        section(3, [[0]]),
        section(5, [[0, 1]]),
        section(13, [[0, 0]]),
        code(
          body(
            ...[0x02, 0x40, 0x02, 0x69, 0x02, 0x69],
            ...[0x1f, 0x40, 4, 0, 0, 2, 1, 0, 1, 2, 2, 3, 0, 0x41, 1, 0x40, 0, 0x1a, 0x08, 0, 0x0b],
            ...[0x0f, 0x0b, 0x0a, 0x0b, 0x0a, 0x0b],
          ),
        ),
      ),
    ],
    [
      'arithmetic in initial values',
      binary(
        twoTypes,
        section(3, [[0]]),
        section(6, [[I32, 0, 0x41, 1, 0x41, 2, 0x6c, 0x41, 3, 0x6a, 0x0b]]),
        section(10, [body()]),
      ),
    ],
    [
      'relaxed vectors',
      binary(twoTypes, section(3, [[0]]), section(10, [body(0x00, 0xfd, 0x92, 0x02, 0x1a)])),
    ],
  ];

  test.each(modules)('%s', (_what, module) => {
    const result = limitCoreModule(module).bytes;
    // An engine that does not know it yet has nothing to say.
    expect(isValid(result)).toBe(isValid(module));
  });

  test('is known to the engine, but for what is newer than it', () => {
    const unknown = modules.filter(([, module]) => !isValid(module)).map(([what]) => what);
    const onNode20 = ['typed function references', 'several memories', 'exceptions as values'];
    const newer = process.versions.node.startsWith('20.') ? onNode20 : [];
    expect(unknown.filter((what) => !newer.includes(what))).toEqual([]);
  });
});

describe('is refused by name', () => {
  const types = section(1, [[0x60, 0, 0]]);
  const withBody = (...instructions: number[]) =>
    binary(types, section(3, [[0]]), section(10, [body(...instructions)]));

  test.each<[string, Uint8Array]>([
    ['64-bit memories', binary(section(5, [[4, 1]]))],
    ['64-bit memories', binary(section(2, [[1, 0x61, 1, 0x62, 2, 5, 1, 1]]))],
    ['shared memories', binary(section(5, [[3, 1, 2]]))],
    ['custom page sizes', binary(section(5, [[8, 1, 0]]))],
    ['64-bit tables', binary(section(4, [[FUNCREF, 4, 1]]))],
    ['garbage-collected types', binary(section(1, [[0x5f, 0]]))],
    ['garbage-collected types', binary(section(1, [[0x4e, 1, 0x60, 0, 0]]))],
    ['garbage-collected types', binary(section(1, [[0x60, 1, 0x6e, 0]]))],
    ['the value type 0x67', binary(section(1, [[0x60, 1, 0x67, 0]]))],
    ['instruction 0xfb 0x02', withBody(0xfb, 2, 0)],
    ['instruction 0x27', withBody(0x27)],
    ['instruction 0xfd 0x120', withBody(0xfd, 0xa0, 2)],
    ['instruction 0xfc 0x12', withBody(0xfc, 0x12)],
    ['sections of the kind 0x0e', binary(section(14, []))],
    ['imports from sandpool', binary(types, section(2, [[8, ...Buffer.from('sandpool'), 1, 0x78, 0, 0]]))],
  ])('%s', (feature, module) => {
    expect(() => limitCoreModule(module)).toThrow(UnsupportedInModule);
    expect(() => limitCoreModule(module)).toThrow(`it uses ${feature}`);
  });
});
