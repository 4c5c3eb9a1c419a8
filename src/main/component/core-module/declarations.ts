// What a core module declares, read before anything is made of its component: whether its memories are of a kind that
// can be run, and its names such that they can be written into JavaScript.

import type { ReadingBudget } from '../byte-reader.js';
import { IndexSpaces } from './index-spaces.js';
import type { SiteVisitor } from './instruction-scanner.js';
import { findSections, SectionId, scanSection } from './sections.js';
import { UnsupportedInModule } from './unsupported-in-module.js';

const READ: ReadonlySet<number> = new Set([
  SectionId.type,
  SectionId.import,
  SectionId.function,
  SectionId.memory,
  SectionId.export,
]);

const NOTHING: SiteVisitor = {
  functionIndex() {},
  slowInstruction() {},
  beginBody() {},
  endBody() {},
};

/**
 * Checks the memories that the core module in `bytes` has or imports, and the names of its imports and exports.
 * @throws UnsupportedInModule for 64-bit and shared memories, for several in one module, and for names
 * that could end a string literal
 * @throws MalformedBinary when the bytes do not follow the format
 */
export function checkDeclarations(bytes: Uint8Array, budget?: ReadingBudget): void {
  const spaces = new IndexSpaces();
  for (const section of findSections(bytes, budget)) {
    if (READ.has(section.id)) scanSection(bytes, section, spaces, NOTHING, budget);
  }
  if (spaces.memories > 1) throw new UnsupportedInModule('several memories in one core module');
}
