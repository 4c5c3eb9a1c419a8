// The instructions that ask the host for more, or that can take long: what each is, and what it names.

import type { ByteReader } from '../byte-reader.js';
import { IndexSpaces } from './index-spaces.js';

/** A memory or table index, or two of them in the order of the instruction (destination first). */
export type SlowInstruction =
  | { readonly kind: 'memory.grow' | 'memory.fill' | 'table.grow'; readonly of: number }
  | { readonly kind: 'memory.copy'; readonly to: number; readonly from: number }
  /** memory.init, table.init, table.copy and table.fill, which stay as they are. */
  | { readonly kind: 'other' };

/** Reads what follows memory.grow's opcode. */
export function readMemoryGrow(reader: ByteReader, spaces: IndexSpaces): SlowInstruction {
  return { kind: 'memory.grow', of: memory(reader, spaces) };
}

/** Reads what follows the opcode of a slow instruction after the prefix 0xfc. */
export function readSlowInstruction(
  opcode: number,
  reader: ByteReader,
  spaces: IndexSpaces,
): SlowInstruction {
  switch (opcode) {
    case 0x0a:
      return { kind: 'memory.copy', to: memory(reader, spaces), from: memory(reader, spaces) };
    case 0x0b:
      return { kind: 'memory.fill', of: memory(reader, spaces) };
    case 0x0f:
      return { kind: 'table.grow', of: IndexSpaces.check(reader.u32(), spaces.tables.length, 'table') };
    case 0x11:
      reader.u32();
      return { kind: 'other' };
    default:
      reader.u32();
      reader.u32();
      return { kind: 'other' };
  }
}

function memory(reader: ByteReader, spaces: IndexSpaces): number {
  return IndexSpaces.check(reader.u32(), spaces.memories, 'memory');
}
