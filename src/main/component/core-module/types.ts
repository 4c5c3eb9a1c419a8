// The types of the core binary format: passes over them, checks the indices in them, refuses what is not run here.

import { type ByteReader, MalformedBinary } from '../byte-reader.js';
import { IndexSpaces } from './index-spaces.js';
import { hex, UnsupportedInModule } from './unsupported-in-module.js';

/** i32, i64, f32, f64, v128. */
const LOWEST_NUMBER_TYPE = 0x7b;
const HIGHEST_NUMBER_TYPE = 0x7f;
/** funcref, externref, exnref: the same bytes as the heap types. */
const PLAIN_HEAP_TYPES: ReadonlySet<number> = new Set([0x70, 0x6f, 0x69]);
const COLLECTED_HEAP_TYPES: ReadonlySet<number> = new Set([
  0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73, 0x74,
]);
const NULLABLE_REFERENCE = 0x63;
const REFERENCE = 0x64;
const SHARED = 0x65;

const FUNCTION_TYPE = 0x60;
const COLLECTED_TYPES: ReadonlySet<number> = new Set([0x4d, 0x4e, 0x4f, 0x50, 0x5e, 0x5f]);

/** A value type. */
export function skipValueType(reader: ByteReader, spaces: IndexSpaces): void {
  const type = reader.peek();
  if (type >= LOWEST_NUMBER_TYPE && type <= HIGHEST_NUMBER_TYPE) reader.skip(1);
  else skipReferenceType(reader, spaces);
}

/** A reference type. */
export function skipReferenceType(reader: ByteReader, spaces: IndexSpaces): void {
  const type = reader.peek();
  if (type === NULLABLE_REFERENCE || type === REFERENCE) {
    reader.skip(1);
    skipHeapType(reader, spaces);
  } else {
    skipPlainHeapType(reader);
  }
}

/** A heap type: one of the plain ones, or the index of a type. */
export function skipHeapType(reader: ByteReader, spaces: IndexSpaces): void {
  const type = reader.peek();
  if (isIndex(type)) skipTypeIndex(reader, spaces);
  else skipPlainHeapType(reader);
}

/** The type of a block: nothing, a value type, or the index of a function type. */
export function skipBlockType(reader: ByteReader, spaces: IndexSpaces): void {
  const type = reader.peek();
  if (type === 0x40) reader.skip(1);
  else if (isIndex(type)) skipTypeIndex(reader, spaces);
  else skipValueType(reader, spaces);
}

/** The index of a type, where it stands alone or as the positive case of a signed number. */
export function skipTypeIndex(reader: ByteReader, spaces: IndexSpaces): void {
  IndexSpaces.check(reader.u32(), spaces.types, 'type');
}

/** One entry of the type section. */
export function skipFunctionType(reader: ByteReader, spaces: IndexSpaces): void {
  const form = reader.byte();
  if (COLLECTED_TYPES.has(form)) throw new UnsupportedInModule('garbage-collected types');
  if (form !== FUNCTION_TYPE) throw new UnsupportedInModule(`the type form ${hex(form)}`);
  skipValueTypes(reader, spaces);
  skipValueTypes(reader, spaces);
}

/** A vector of value types. */
export function skipValueTypes(reader: ByteReader, spaces: IndexSpaces): void {
  const count = reader.u32();
  for (let index = 0; index < count; index++) skipValueType(reader, spaces);
}

/** The limits of a memory or a table; gives the initial size, in pages or elements. */
export function readLimits(reader: ByteReader, kind: 'memories' | 'tables'): number {
  const flags = reader.byte();
  if (flags > 0x0f) throw new MalformedBinary(`its ${kind} have limits of the unknown kind ${hex(flags)}`);
  if (flags & 0x08) throw new UnsupportedInModule('custom page sizes');
  if (flags & 0x04) throw new UnsupportedInModule(`64-bit ${kind}`);
  if (flags & 0x02) throw new UnsupportedInModule(`shared ${kind}`);
  const initial = reader.u32();
  if (flags & 0x01) reader.u32();
  return initial;
}

/** The type of a table; gives its initial size in elements, and keeps its reference type. */
export function readTableType(reader: ByteReader, spaces: IndexSpaces, bytes: Uint8Array): number {
  const start = reader.offset;
  skipReferenceType(reader, spaces);
  spaces.addTable(bytes.subarray(start, reader.offset));
  return readLimits(reader, 'tables');
}

/** The type of a global. */
export function skipGlobalType(reader: ByteReader, spaces: IndexSpaces): void {
  skipValueType(reader, spaces);
  const flags = reader.byte();
  if (flags === 0x02 || flags === 0x03) throw new UnsupportedInModule('shared globals');
  if (flags > 0x01) throw new MalformedBinary(`a global is of the unknown kind ${hex(flags)}`);
}

/** The type of a tag. */
export function skipTagType(reader: ByteReader, spaces: IndexSpaces): void {
  const attribute = reader.byte();
  if (attribute !== 0) throw new UnsupportedInModule(`tags of the kind ${hex(attribute)}`);
  skipTypeIndex(reader, spaces);
}

function skipPlainHeapType(reader: ByteReader): void {
  const type = reader.byte();
  if (PLAIN_HEAP_TYPES.has(type)) return;
  if (COLLECTED_HEAP_TYPES.has(type)) throw new UnsupportedInModule('garbage-collected types');
  if (type === SHARED) throw new UnsupportedInModule('shared types');
  throw new UnsupportedInModule(`the value type ${hex(type)}`);
}

/** Types and indices share one signed number: an index is positive, or takes more than one byte. */
function isIndex(first: number): boolean {
  return first < 0x40 || first >= 0x80;
}
