// The names of entries: which bytes are a path that means the same on every system, inside the folder, and nothing
// else. What a name must not do is refused here; what names do to each other is the business of the tree.

import { isPlainWindowsName } from '../../../bridge/windows-names.js';
import { type BundleLimits, overLimit } from './bundle-limits.js';
import { type RefusalRule, refused, shownEntry } from './bundle-refusal.js';

/** What an entry may be. */
export type EntryKind = 'file' | 'directory';

/** What file systems take as one name, in bytes. */
const LONGEST_NAME_BYTES = 255;

const SLASH = 0x2f;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The names that lead to an entry, from the top of the bundle; none for the top itself, which archives made of `.`
 * hold as `./`. One `./` at the start is common, and taken away.
 *
 * @throws SandpoolError `BUNDLE_REFUSED`, `BUNDLE_LIMIT_EXCEEDED`
 */
export function entryNames(raw: Uint8Array, kind: EntryKind, limits: BundleLimits): string[] {
  const refuse = (rule: RefusalRule): never => {
    throw refused(rule, raw);
  };
  if (raw.length === 0) refuse('empty-name');
  if (raw.length > limits.pathBytes) throw overLimit('pathBytes', limits, shownEntry(raw));
  if (raw.includes(0)) refuse('nul-in-name');
  let path = decoded(raw);
  if (path.includes('\\')) refuse('backslash');
  if (/^[a-z]:/i.test(path)) refuse('drive-letter');
  if (path.startsWith('/')) refuse('absolute-path');
  if (raw.at(-1) === SLASH) {
    if (kind === 'file') refuse('slash-after-file');
    path = path.slice(0, -1);
  }
  if (path === '.') return kind === 'directory' ? [] : refuse('empty-name');
  if (path.startsWith('./')) path = path.slice(2);
  const names = path.split('/');
  for (const name of names) {
    const rule = brokenRule(name);
    if (rule !== undefined) refuse(rule);
  }
  if (names.length > limits.depth) throw overLimit('depth', limits, shownEntry(raw));
  return names;
}

function decoded(raw: Uint8Array): string {
  try {
    return UTF8.decode(raw);
  } catch (thrown) {
    throw refused('name-not-utf8', raw, thrown);
  }
}

function brokenRule(name: string): RefusalRule | undefined {
  if (name === '') return 'empty-name';
  if (name === '..') return 'parent-path';
  if (name === '.') return 'dot-in-path';
  if (/\p{Cc}/u.test(name)) return 'control-character';
  if (/[:*?"<>|]/.test(name)) return 'special-character';
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) return 'long-name';
  if (/[. ]$/.test(name)) return 'trailing-dot';
  return isPlainWindowsName(name) ? undefined : 'reserved-name';
}
