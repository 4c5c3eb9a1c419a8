// The sections of a core module: where each lies, and a walk through the content of those that define something
// or name functions.

import { GROWTH_IMPORT } from '../../../bridge/growth-import.js';
import { ByteReader, MalformedBinary, type ReadingBudget } from '../byte-reader.js';
import { checkCoreName } from './core-name.js';
import type { IndexSpaces } from './index-spaces.js';
import { type SiteVisitor, scanBody, scanConstant, scanFunctionIndex } from './instruction-scanner.js';
import {
  readLimits,
  readTableType,
  skipFunctionType,
  skipGlobalType,
  skipReferenceType,
  skipTagType,
  skipTypeIndex,
} from './types.js';
import { hex, UnsupportedInModule } from './unsupported-in-module.js';

export const SectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** A section's content lies at the bytes from `start` to `end`; before it, from `outerStart`, are its id and length. */
export interface Section {
  readonly id: number;
  readonly outerStart: number;
  readonly start: number;
  readonly end: number;
}

/** The order that the format demands; a module has each at most once. */
const ORDER: readonly number[] = [
  SectionId.type,
  SectionId.import,
  SectionId.function,
  SectionId.table,
  SectionId.memory,
  SectionId.tag,
  SectionId.global,
  SectionId.export,
  SectionId.start,
  SectionId.element,
  SectionId.dataCount,
  SectionId.code,
  SectionId.data,
];

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
export const HEADER_BYTES = HEADER.length;

/** Where the sections of the module in `bytes` lie, custom ones left out. */
export function findSections(bytes: Uint8Array, budget?: ReadingBudget): readonly Section[] {
  if (HEADER.some((byte, index) => bytes[index] !== byte))
    throw new MalformedBinary('a core module has no header');
  const reader = new ByteReader(bytes, HEADER_BYTES, bytes.length, budget);
  const sections: Section[] = [];
  let place = -1;
  while (!reader.done) {
    reader.spend();
    const outerStart = reader.offset;
    const id = reader.byte();
    const length = reader.u32();
    const start = reader.offset;
    reader.skip(length);
    if (id === SectionId.custom) continue;
    const next = ORDER.indexOf(id);
    if (next < 0) throw new UnsupportedInModule(`sections of the kind ${hex(id)}`);
    if (next <= place) throw new MalformedBinary('the sections of a core module are out of order');
    place = next;
    sections.push({ id, outerStart, start, end: reader.offset });
  }
  return sections;
}

/**
 * Walks through a section. What it defines is added to `spaces`; the function indices and slow instructions in it
 * are reported.
 */
export function scanSection(
  bytes: Uint8Array,
  section: Section,
  spaces: IndexSpaces,
  visitor: SiteVisitor,
  budget?: ReadingBudget,
): void {
  const reader = new ByteReader(bytes, section.start, section.end, budget);
  if (section.id === SectionId.start) {
    scanFunctionIndex(reader, spaces, visitor);
  } else if (section.id !== SectionId.dataCount && section.id !== SectionId.data) {
    const count = reader.u32();
    if (section.id === SectionId.type) spaces.types = count;
    if (section.id === SectionId.code && count !== spaces.functions - spaces.importedFunctions)
      throw new MalformedBinary('a core module has another number of functions than of bodies');
    for (let index = 0; index < count; index++) {
      reader.spend();
      scanEntry(section.id, bytes, reader, spaces, visitor);
    }
  } else {
    // Names no function, and moves as it is.
    return;
  }
  if (!reader.done) throw new MalformedBinary('a section of a core module is longer than its content');
}

function scanEntry(
  id: number,
  bytes: Uint8Array,
  reader: ByteReader,
  spaces: IndexSpaces,
  visitor: SiteVisitor,
): void {
  switch (id) {
    case SectionId.type:
      skipFunctionType(reader, spaces);
      return;
    case SectionId.import:
      scanImport(bytes, reader, spaces);
      return;
    case SectionId.function:
      skipTypeIndex(reader, spaces);
      spaces.functions += 1;
      return;
    case SectionId.table:
      scanTable(bytes, reader, spaces, visitor);
      return;
    case SectionId.memory:
      spaces.addMemory();
      spaces.claims.memories += 1;
      spaces.claims.memoryPages += readLimits(reader, 'memories');
      return;
    case SectionId.tag:
      skipTagType(reader, spaces);
      return;
    case SectionId.global:
      skipGlobalType(reader, spaces);
      scanConstant(reader, spaces, visitor);
      return;
    case SectionId.export:
      checkCoreName(reader.name());
      if (reader.byte() === 0x00) scanFunctionIndex(reader, spaces, visitor);
      else reader.u32();
      return;
    case SectionId.element:
      scanElements(reader, spaces, visitor);
      return;
    default: {
      const outerStart = reader.offset;
      const length = reader.u32();
      const start = reader.offset;
      reader.skip(length);
      visitor.beginBody(outerStart, start);
      scanBody(new ByteReader(bytes, start, reader.offset), spaces, visitor);
      visitor.endBody(reader.offset);
    }
  }
}

function scanImport(bytes: Uint8Array, reader: ByteReader, spaces: IndexSpaces): void {
  // A guest that could name the host's own import could also give back what it never claimed.
  const module = reader.name();
  if (module === GROWTH_IMPORT.module) throw new UnsupportedInModule(`imports from ${module}`);
  checkCoreName(module);
  checkCoreName(reader.name());
  const kind = reader.byte();
  switch (kind) {
    case 0x00:
      skipTypeIndex(reader, spaces);
      spaces.functions += 1;
      spaces.importedFunctions += 1;
      return;
    case 0x01:
      readTableType(reader, spaces, bytes);
      return;
    case 0x02:
      readLimits(reader, 'memories');
      spaces.addMemory();
      return;
    case 0x03:
      skipGlobalType(reader, spaces);
      return;
    case 0x04:
      skipTagType(reader, spaces);
      return;
    default:
      throw new UnsupportedInModule(`imports of the kind ${hex(kind)}`);
  }
}

function scanTable(bytes: Uint8Array, reader: ByteReader, spaces: IndexSpaces, visitor: SiteVisitor): void {
  const initialised = reader.peek() === 0x40;
  if (initialised) {
    reader.skip(1);
    if (reader.byte() !== 0x00) throw new MalformedBinary('a table is of an unknown kind');
  }
  spaces.claims.tables += 1;
  spaces.claims.tableElements += readTableType(reader, spaces, bytes);
  if (initialised) scanConstant(reader, spaces, visitor);
}

/** Bits of an element segment's kind. */
const NOT_ACTIVE = 0x01;
const NAMES_TABLE_OR_DECLARES = 0x02;
const HAS_EXPRESSIONS = 0x04;

function scanElements(reader: ByteReader, spaces: IndexSpaces, visitor: SiteVisitor): void {
  const flags = reader.u32();
  if (flags > 0x07) throw new MalformedBinary(`an element segment is of the unknown kind ${hex(flags)}`);
  const active = (flags & NOT_ACTIVE) === 0;
  if (active) {
    if (flags & NAMES_TABLE_OR_DECLARES) reader.u32();
    scanConstant(reader, spaces, visitor);
  }
  const typed = !active || (flags & NAMES_TABLE_OR_DECLARES) !== 0;
  const expressions = (flags & HAS_EXPRESSIONS) !== 0;
  if (typed && expressions) skipReferenceType(reader, spaces);
  else if (typed && reader.byte() !== 0x00)
    throw new MalformedBinary('an element segment has elements of an unknown kind');
  const count = reader.u32();
  for (let index = 0; index < count; index++) {
    if (expressions) scanConstant(reader, spaces, visitor);
    else scanFunctionIndex(reader, spaces, visitor);
  }
}
