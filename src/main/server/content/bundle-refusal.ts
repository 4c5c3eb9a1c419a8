// Why an archive is refused: one rule a reason, each with its sentence. The rules' names are part of the error's
// details, for programs; the entry's name is shown so that nothing in it can drive a terminal or forge a line.

import { SandpoolError } from '../../../bridge/errors.js';
import { quoted } from '../../project/shown-text.js';

/** Each rule, as what is said of the entry, or of the archive, that breaks it. */
export const REFUSAL_RULES = {
  // Names.
  'empty-name': 'has an empty name, or an empty part in its name',
  'nul-in-name': 'has a NUL in its name',
  'name-not-utf8': 'has a name that is not UTF-8',
  backslash: 'has a backslash in its name',
  'drive-letter': 'has a drive letter in its name',
  'absolute-path': 'has an absolute path',
  'parent-path': 'has a path that leads upwards',
  'dot-in-path': 'has a `.` inside its path',
  'slash-after-file': 'is a file whose name ends in a slash',
  'control-character': 'has a control character in its name',
  'special-character': 'has one of the characters : * ? " < > | in its name',
  'long-name': 'has a name, between two slashes, of more than 255 bytes',
  'trailing-dot': 'has a name that ends in a dot or a space',
  'reserved-name': 'has the name of a device of Windows',
  // Entries beside each other.
  'duplicate-entry': 'is there twice',
  'name-collision': 'differs from another entry only in case or in how its characters are composed',
  'file-as-directory': 'is both a file and a directory',
  // Kinds of entries.
  'symbolic-link': 'is a symbolic link',
  'hard-link': 'is a hard link',
  device: 'is a device',
  fifo: 'is a FIFO or a socket',
  'sparse-file': 'is a sparse file',
  'unknown-type': 'is of a type that is neither a file nor a directory',
  'directory-with-content': 'is a directory, but has content',
  // Tar.
  'tar-header-damaged': 'has a damaged header (its checksum or its form is wrong)',
  'tar-size-invalid': 'has a size that is not a plain octal number',
  'tar-extension-invalid': 'has a damaged extension header',
  'tar-extension-too-large': 'has an extension header that is too large',
  'tar-extension-repeated': 'has more than one extension header of a kind',
  'tar-extension-dangling': 'has an extension header that belongs to no entry',
  'pax-size-differs': 'has another size in its pax header than in its own',
  'pax-name-twice': 'has both a pax path and a GNU long name',
  'pax-global-name': 'has a global pax header that would name or measure every entry',
  'pax-charset': 'has a pax header in another character set',
  'archive-cut': 'ends before its end mark',
  'data-after-end': 'has data after its end',
  // Compression.
  'compressed-data-damaged': 'has damaged compressed data',
  'checksum-differs': 'has another checksum than it says',
  'size-differs': 'has another size than it says',
  'gzip-header-invalid': 'has a damaged gzip header',
  'not-a-tar-inside': 'is compressed, but what is inside is not a tar',
  // Zip.
  encrypted: 'is encrypted',
  'unknown-method': 'is compressed by a method other than deflate',
  'zip-flags-unknown': 'uses a feature of zip that is not supported',
  'zip-end-invalid': 'has a damaged or ambiguous end record',
  'zip-several-disks': 'is one part of several',
  'zip-directory-damaged': 'has a damaged central directory',
  'zip-header-damaged': 'has a damaged local header',
  'zip-headers-differ': 'says one thing in the central directory and another in its local header',
  'zip-type-differs': 'is a directory by its name or by its attributes, but not by both',
  'zip-names-differ': 'has two different names',
  'zip-overlap': 'overlaps another entry',
  'zip-gap': 'has bytes between, before or after its entries that belong to none',
} as const;

/** The names of {@link REFUSAL_RULES}. */
export type RefusalRule = keyof typeof REFUSAL_RULES;

/** Longer names are cut before anything else is done with them. */
const LONGEST_SHOWN_BYTES = 1024;

/** An entry's name as it can be put into a message, whatever its bytes are. */
export function shownEntry(name: Uint8Array): string {
  const text = Buffer.from(name.subarray(0, LONGEST_SHOWN_BYTES)).toString('utf8');
  // Fields are filled up with NULs, which say nothing.
  return quoted(text.replace(/\0+$/, ''));
}

/**
 * The error for an archive that breaks `rule`: of the entry by the name given, or as a whole.
 *
 * @returns `BUNDLE_REFUSED` with the details `rule`, `reason` and, with a name, `entry`
 */
export function refused(rule: RefusalRule, name?: Uint8Array, cause?: unknown): SandpoolError {
  const entry = name === undefined ? undefined : shownEntry(name);
  const subject = entry === undefined ? 'the archive' : `the entry ${entry}`;
  const reason = `${subject} ${REFUSAL_RULES[rule]}`;
  return new SandpoolError(
    'BUNDLE_REFUSED',
    { rule, reason, ...(entry === undefined ? {} : { entry }) },
    { cause },
  );
}
