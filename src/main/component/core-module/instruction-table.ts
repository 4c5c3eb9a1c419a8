// What follows the opcode of each instruction that this host runs. An opcode that is not in these tables is
// refused: where its immediates end could only be guessed.

/** What follows an opcode; combinations that only one instruction has are read by the scanner. */
export const Immediate = {
  unknown: 0,
  none: 1,
  /** One unsigned number: an index of something that rewriting does not move, or a label. */
  index: 2,
  signed32: 3,
  signed64: 4,
  fourBytes: 5,
  eightBytes: 6,
  sixteenBytes: 7,
  /** The index of a lane, or a reserved byte. */
  oneByte: 8,
  memoryArgument: 9,
  memoryArgumentAndLane: 10,
  blockType: 11,
  labels: 12,
  functionIndex: 13,
  typeIndex: 14,
  typeAndTable: 15,
  valueTypes: 16,
  heapType: 17,
  blockTypeAndCatches: 18,
  /** The opcode goes on after this byte. */
  prefix: 19,
  /** Instructions that are replaced or preceded by a call; see slow-instruction.ts. */
  slow: 20,
} as const;
export type Immediate = (typeof Immediate)[keyof typeof Immediate];

type Row = readonly [first: number, last: number, immediate: Immediate];

/** Instructions of one byte. */
export const PLAIN = table(0x100, [
  [0x00, 0x01, Immediate.none], // unreachable, nop
  [0x02, 0x04, Immediate.blockType], // block, loop, if
  [0x05, 0x05, Immediate.none], // else
  [0x06, 0x06, Immediate.blockType], // try
  [0x07, 0x09, Immediate.index], // catch, throw, rethrow
  [0x0a, 0x0b, Immediate.none], // throw_ref, end
  [0x0c, 0x0d, Immediate.index], // br, br_if
  [0x0e, 0x0e, Immediate.labels], // br_table
  [0x0f, 0x0f, Immediate.none], // return
  [0x10, 0x10, Immediate.functionIndex], // call
  [0x11, 0x11, Immediate.typeAndTable], // call_indirect
  [0x12, 0x12, Immediate.functionIndex], // return_call
  [0x13, 0x13, Immediate.typeAndTable], // return_call_indirect
  [0x14, 0x15, Immediate.typeIndex], // call_ref, return_call_ref
  [0x18, 0x18, Immediate.index], // delegate
  [0x19, 0x1b, Immediate.none], // catch_all, drop, select
  [0x1c, 0x1c, Immediate.valueTypes], // select with types
  [0x1f, 0x1f, Immediate.blockTypeAndCatches], // try_table
  [0x20, 0x26, Immediate.index], // local, global and table accesses
  [0x28, 0x3e, Immediate.memoryArgument], // loads and stores
  [0x3f, 0x3f, Immediate.index], // memory.size
  [0x40, 0x40, Immediate.slow], // memory.grow
  [0x41, 0x41, Immediate.signed32],
  [0x42, 0x42, Immediate.signed64],
  [0x43, 0x43, Immediate.fourBytes],
  [0x44, 0x44, Immediate.eightBytes],
  [0x45, 0xc4, Immediate.none], // arithmetic, comparisons, conversions
  [0xd0, 0xd0, Immediate.heapType], // ref.null
  [0xd1, 0xd1, Immediate.none], // ref.is_null
  [0xd2, 0xd2, Immediate.functionIndex], // ref.func
  [0xd4, 0xd4, Immediate.none], // ref.as_non_null
  [0xd5, 0xd6, Immediate.index], // br_on_null, br_on_non_null
  [0xfc, 0xfe, Immediate.prefix],
]);

/** Instructions after 0xfc: saturating conversions, bulk memory, tables. */
const MISCELLANEOUS = table(0x12, [
  [0x00, 0x07, Immediate.none], // trunc_sat
  [0x08, 0x08, Immediate.slow], // memory.init
  [0x09, 0x09, Immediate.index], // data.drop
  [0x0a, 0x0c, Immediate.slow], // memory.copy, memory.fill, table.init
  [0x0d, 0x0d, Immediate.index], // elem.drop
  [0x0e, 0x0f, Immediate.slow], // table.copy, table.grow
  [0x10, 0x10, Immediate.index], // table.size
  [0x11, 0x11, Immediate.slow], // table.fill
]);

/** Instructions after 0xfd: vectors, relaxed ones included. */
const VECTOR = table(0x114, [
  [0x00, 0x0b, Immediate.memoryArgument],
  [0x0c, 0x0d, Immediate.sixteenBytes], // v128.const, i8x16.shuffle
  [0x0e, 0x14, Immediate.none],
  [0x15, 0x22, Immediate.oneByte], // extract_lane, replace_lane
  [0x23, 0x53, Immediate.none],
  [0x54, 0x5b, Immediate.memoryArgumentAndLane],
  [0x5c, 0x5d, Immediate.memoryArgument], // load32_zero, load64_zero
  [0x5e, 0x99, Immediate.none],
  [0x9b, 0xa1, Immediate.none],
  [0xa3, 0xa4, Immediate.none],
  [0xa7, 0xae, Immediate.none],
  [0xb1, 0xb1, Immediate.none],
  [0xb5, 0xba, Immediate.none],
  [0xbc, 0xc1, Immediate.none],
  [0xc3, 0xc4, Immediate.none],
  [0xc7, 0xce, Immediate.none],
  [0xd1, 0xd1, Immediate.none],
  [0xd5, 0xe1, Immediate.none],
  [0xe3, 0xed, Immediate.none],
  [0xef, 0x113, Immediate.none],
]);

/** Instructions after 0xfe: atomics. */
const ATOMIC = table(0x4f, [
  [0x00, 0x02, Immediate.memoryArgument], // notify, wait
  [0x03, 0x03, Immediate.oneByte], // fence
  [0x10, 0x4e, Immediate.memoryArgument],
]);

/** The table of the instructions after a prefix byte. */
export function prefixedTable(prefix: number): Uint8Array {
  if (prefix === 0xfc) return MISCELLANEOUS;
  return prefix === 0xfd ? VECTOR : ATOMIC;
}

function table(length: number, rows: readonly Row[]): Uint8Array {
  const immediates = new Uint8Array(length);
  for (const [first, last, immediate] of rows) immediates.fill(immediate, first, last + 1);
  return immediates;
}
