// Walks the instructions of bodies and constant expressions, and reports those that rewriting changes. It finds
// where each ends, no more: whether they make sense together, the engine decides when it compiles the result.

import { type ByteReader, MalformedBinary } from '../byte-reader.js';
import { IndexSpaces } from './index-spaces.js';
import { Immediate, PLAIN, prefixedTable } from './instruction-table.js';
import { readMemoryGrow, readSlowInstruction, type SlowInstruction } from './slow-instruction.js';
import { skipBlockType, skipHeapType, skipTypeIndex, skipValueType, skipValueTypes } from './types.js';
import { hex, UnsupportedInModule } from './unsupported-in-module.js';

/** Is told of what rewriting may change, in the order of the bytes. */
export interface SiteVisitor {
  /** A function's index, at the bytes from `start` to `end`. */
  functionIndex(start: number, end: number, index: number): void;
  /** A whole instruction, opcode included, at the bytes from `start` to `end`. */
  slowInstruction(start: number, end: number, instruction: SlowInstruction): void;
  /** A function's body begins at `start`; before it, from `outerStart`, is its length. */
  beginBody(outerStart: number, start: number): void;
  endBody(end: number): void;
}

const END = 0x0b;
const LARGEST_ALIGNMENT = 4;
const MEMORY_INDEX_FOLLOWS = 0x40;

/** The instructions of constant expressions, by their first byte; of those with 0xfd, only v128.const is one. */
const CONSTANT: ReadonlySet<number> = new Set([
  0x23, 0x41, 0x42, 0x43, 0x44, 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e, 0xd0, 0xd2, 0xfb, 0xfd,
]);

/** Passes over a constant expression, its end included. */
export function scanConstant(reader: ByteReader, spaces: IndexSpaces, visitor: SiteVisitor): void {
  while (reader.peek() !== END) {
    if (!CONSTANT.has(reader.peek())) throw new MalformedBinary('an initial value is not constant');
    scanInstruction(reader, spaces, visitor);
  }
  reader.skip(1);
}

/** Passes over a function's body, which is all that `reader` has: locals, then instructions. */
export function scanBody(reader: ByteReader, spaces: IndexSpaces, visitor: SiteVisitor): void {
  const groups = reader.u32();
  for (let group = 0; group < groups; group++) {
    reader.u32();
    skipValueType(reader, spaces);
  }
  while (!reader.done) scanInstruction(reader, spaces, visitor);
}

function scanInstruction(reader: ByteReader, spaces: IndexSpaces, visitor: SiteVisitor): void {
  const start = reader.offset;
  const first = reader.byte();
  const immediate = PLAIN[first] as Immediate;
  if (immediate === Immediate.none) return;
  if (immediate === Immediate.slow) {
    const instruction = readMemoryGrow(reader, spaces);
    visitor.slowInstruction(start, reader.offset, instruction);
  } else if (immediate === Immediate.prefix) {
    scanPrefixed(first, start, reader, spaces, visitor);
  } else if (immediate === Immediate.unknown) {
    throw unknownInstruction(first, reader);
  } else {
    scanImmediate(immediate, reader, spaces, visitor);
  }
}

function scanPrefixed(
  prefix: number,
  start: number,
  reader: ByteReader,
  spaces: IndexSpaces,
  visitor: SiteVisitor,
): void {
  const opcode = reader.u32();
  const immediate = (prefixedTable(prefix)[opcode] ?? Immediate.unknown) as Immediate;
  if (immediate === Immediate.unknown)
    throw new UnsupportedInModule(`instruction ${hex(prefix)} ${hex(opcode)}`);
  if (immediate === Immediate.slow) {
    const instruction = readSlowInstruction(opcode, reader, spaces);
    visitor.slowInstruction(start, reader.offset, instruction);
  } else {
    scanImmediate(immediate, reader, spaces, visitor);
  }
}

function scanImmediate(
  immediate: Immediate,
  reader: ByteReader,
  spaces: IndexSpaces,
  visitor: SiteVisitor,
): void {
  switch (immediate) {
    case Immediate.none:
      return;
    case Immediate.index:
    case Immediate.signed32:
      reader.skipInteger(5);
      return;
    case Immediate.signed64:
      reader.skipInteger(10);
      return;
    case Immediate.oneByte:
      reader.skip(1);
      return;
    case Immediate.fourBytes:
      reader.skip(4);
      return;
    case Immediate.eightBytes:
      reader.skip(8);
      return;
    case Immediate.sixteenBytes:
      reader.skip(16);
      return;
    case Immediate.memoryArgument:
      skipMemoryArgument(reader, spaces);
      return;
    case Immediate.memoryArgumentAndLane:
      skipMemoryArgument(reader, spaces);
      reader.skip(1);
      return;
    case Immediate.functionIndex:
      scanFunctionIndex(reader, spaces, visitor);
      return;
    case Immediate.blockType:
      skipBlockType(reader, spaces);
      return;
    case Immediate.blockTypeAndCatches:
      skipBlockType(reader, spaces);
      skipCatches(reader);
      return;
    case Immediate.labels:
      for (let count = reader.u32(); count >= 0; count--) reader.skipInteger(5);
      return;
    case Immediate.typeIndex:
      skipTypeIndex(reader, spaces);
      return;
    case Immediate.typeAndTable:
      skipTypeIndex(reader, spaces);
      reader.skipInteger(5);
      return;
    case Immediate.valueTypes:
      skipValueTypes(reader, spaces);
      return;
    case Immediate.heapType:
      skipHeapType(reader, spaces);
      return;
    default:
      throw new MalformedBinary('an instruction stands where none can be');
  }
}

/** Passes over the index of a function, and reports it. */
export function scanFunctionIndex(reader: ByteReader, spaces: IndexSpaces, visitor: SiteVisitor): void {
  const start = reader.offset;
  const index = IndexSpaces.check(reader.u32(), spaces.functions, 'function');
  visitor.functionIndex(start, reader.offset, index);
}

function skipMemoryArgument(reader: ByteReader, spaces: IndexSpaces): void {
  const flags = reader.u32();
  // Larger ones mean nothing yet, and proposals let more bytes follow them.
  if ((flags & ~MEMORY_INDEX_FOLLOWS) >>> 0 > LARGEST_ALIGNMENT)
    throw new MalformedBinary('an alignment is too large');
  if (flags & MEMORY_INDEX_FOLLOWS) IndexSpaces.check(reader.u32(), spaces.memories, 'memory');
  reader.skipInteger(10);
}

function skipCatches(reader: ByteReader): void {
  const count = reader.u32();
  for (let index = 0; index < count; index++) {
    const form = reader.byte();
    if (form > 0x03) throw new UnsupportedInModule(`a catch of the form ${hex(form)}`);
    if (form < 0x02) reader.skipInteger(5);
    reader.skipInteger(5);
  }
}

function unknownInstruction(first: number, reader: ByteReader): UnsupportedInModule {
  if (first !== 0xfb) return new UnsupportedInModule(`instruction ${hex(first)}`);
  return new UnsupportedInModule(`instruction ${hex(first)} ${hex(reader.u32())}`);
}
