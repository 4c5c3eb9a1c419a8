// What a core module says of its memories, read before anything is made of its component: whether they are of a
// kind that can be run.

import { IndexSpaces } from './index-spaces.js';
import type { SiteVisitor } from './instruction-scanner.js';
import { findSections, SectionId, scanSection } from './sections.js';
import { UnsupportedInModule } from './unsupported-in-module.js';

const UP_TO_MEMORIES: ReadonlySet<number> = new Set([SectionId.type, SectionId.import, SectionId.memory]);

const NOTHING: SiteVisitor = {
  functionIndex() {},
  slowInstruction() {},
  beginBody() {},
  endBody() {},
};

/**
 * Checks the memories that the core module in `bytes` has or imports.
 * @throws UnsupportedInModule for 64-bit and shared memories, and for several in one module
 * @throws MalformedBinary when the bytes do not follow the format
 */
export function checkCoreMemories(bytes: Uint8Array): void {
  const spaces = new IndexSpaces();
  for (const section of findSections(bytes)) {
    if (UP_TO_MEMORIES.has(section.id)) scanSection(bytes, section, spaces, NOTHING);
  }
  if (spaces.memories > 1) throw new UnsupportedInModule('several memories in one core module');
}
