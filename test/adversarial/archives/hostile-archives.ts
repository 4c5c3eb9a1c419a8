// Archives that try to do something other than hold files, each with the rule it is refused by.

import { deflateRawSync, gzipSync } from 'node:zlib';
import type { BundleLimits } from '#src/main/server/content/bundle-limits.js';
import type { RefusalRule } from '#src/main/server/content/bundle-refusal.js';
import {
  longNamePart,
  paxPart,
  paxRecord,
  TAR_END,
  type TarPart,
  tarOf,
  tarPart,
} from '../../support/tar-bytes.js';
import {
  extraField,
  little,
  type ZipEndFields,
  type ZipPart,
  zip64End,
  zipOf,
} from '../../support/zip-bytes.js';

/** A hostile archive, and by what it is refused: a rule, or a limit. */
export interface Hostile {
  readonly title: string;
  readonly archive: Buffer;
  readonly refusedBy: RefusalRule | keyof BundleLimits;
  readonly limits?: Partial<BundleLimits>;
}

const GOOD: TarPart = { name: 'good.txt', content: 'good' };
const GOOD_ZIP: ZipPart = { name: 'good.txt', content: 'good' };

/** In all three kinds of archive, behind an entry that is good. */
function named(title: string, name: string | Uint8Array, refusedBy: RefusalRule): Hostile[] {
  const tar = tarOf(GOOD, { name, content: 'x' });
  return [
    { title: `tar: ${title}`, archive: tar, refusedBy },
    { title: `tar.gz: ${title}`, archive: gzipSync(tar), refusedBy },
    { title: `pax: ${title}`, archive: tarOf(GOOD, paxPart({ path: name }), { content: 'x' }), refusedBy },
    { title: `zip: ${title}`, archive: zipOf([GOOD_ZIP, { name, content: 'x' }]), refusedBy },
  ];
}

/** Two entries that cannot both be. */
function together(title: string, first: string, second: string, refusedBy: RefusalRule): Hostile[] {
  const tarPartOf = (name: string): TarPart =>
    name.endsWith('/') ? { name, type: '5' } : { name, content: 'x' };
  return [
    { title: `tar: ${title}`, archive: tarOf(tarPartOf(first), tarPartOf(second)), refusedBy },
    { title: `zip: ${title}`, archive: zipOf([{ name: first }, { name: second }]), refusedBy },
  ];
}

const tar = (title: string, refusedBy: Hostile['refusedBy'], ...parts: (TarPart | Buffer)[]): Hostile => ({
  title: `tar: ${title}`,
  archive: tarOf(GOOD, ...parts),
  refusedBy,
});
const tarBytes = (title: string, refusedBy: Hostile['refusedBy'], archive: Buffer): Hostile => ({
  title: `tar: ${title}`,
  archive,
  refusedBy,
});
const zip = (
  title: string,
  refusedBy: Hostile['refusedBy'],
  part: ZipPart,
  end: ZipEndFields = {},
): Hostile => ({
  title: `zip: ${title}`,
  archive: zipOf([GOOD_ZIP, part], end),
  refusedBy,
});
const zipEnd = (title: string, refusedBy: Hostile['refusedBy'], end: ZipEndFields): Hostile => ({
  title: `zip: ${title}`,
  archive: zipOf([GOOD_ZIP], end),
  refusedBy,
});

const NAMES: Hostile[] = [
  ...named('a path from the root', '/etc/passwd', 'absolute-path'),
  ...named('a path from the root, twice', '//server/share', 'absolute-path'),
  ...named('a path that leads up', '../outside', 'parent-path'),
  ...named('a path that leads up in its middle', 'a/../../outside', 'parent-path'),
  ...named('a path that leads up at its end', 'a/..', 'parent-path'),
  ...named('a path that leads up behind a dot', './../outside', 'parent-path'),
  ...named('a dot inside', 'a/./b', 'dot-in-path'),
  ...named('two dots at the start', '././b', 'dot-in-path'),
  ...named('nothing between slashes', 'a//b', 'empty-name'),
  ...named('nothing but a dot', '.', 'empty-name'),
  ...named('a backslash', 'a\\b', 'backslash'),
  ...named('a path up by backslashes', '..\\..\\outside', 'backslash'),
  ...named('a drive', 'C:/windows/system.ini', 'drive-letter'),
  ...named('a drive without a slash', 'c:file', 'drive-letter'),
  ...named('an alternate stream', 'file.txt:stream', 'special-character'),
  ...named('a wildcard', 'a*b', 'special-character'),
  ...named('a device of Windows', 'a/NUL', 'reserved-name'),
  ...named('a device of Windows with an ending', 'com1.txt', 'reserved-name'),
  ...named('a dot at the end', 'a/file.', 'trailing-dot'),
  ...named('three dots', '...', 'trailing-dot'),
  ...named('a space at the end', 'folder /file', 'trailing-dot'),
  ...named('a terminal’s escape', 'a\x1b[2Jb', 'control-character'),
  ...named('a line break', 'a\nforged line', 'control-character'),
  ...named('bytes that are no UTF-8', Buffer.from('caf\xe9', 'latin1'), 'name-not-utf8'),
  ...named('an overlong slash', Buffer.from('..\xc0\xafx', 'latin1'), 'name-not-utf8'),
  ...named('a surrogate in UTF-8', Buffer.from('a\xed\xa0\x80', 'latin1'), 'name-not-utf8'),
  ...together('one file twice', 'a/b', 'a/b', 'duplicate-entry'),
  ...together('one directory twice', 'a/', 'a/', 'duplicate-entry'),
  ...together('one file twice by a dot', 'a', './a', 'duplicate-entry'),
  ...together('names that differ in case', 'README', 'readme', 'name-collision'),
  ...together('directories that differ in case', 'Folder/a', 'folder/b', 'name-collision'),
  ...together('names that differ in composition', 'caf\u00e9', 'cafe\u0301', 'name-collision'),
  ...together('sharp s and two', 'stra\u00dfe', 'STRASSE', 'name-collision'),
  ...together('the sign of Kelvin', '\u212a', 'k', 'name-collision'),
  ...together('a mark that does not show', '.git\u200c', '.git', 'name-collision'),
  ...together('a file below a file', 'a', 'a/b', 'file-as-directory'),
  ...together('a file where a directory is', 'a/b', 'a', 'file-as-directory'),
  ...together('a directory where a file is', 'a', 'a/', 'file-as-directory'),
];

const sparsePax = paxPart({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'x', path: 'sparse' });
const TARS: Hostile[] = [
  tar('an empty name', 'empty-name', { name: '' }),
  tar('a NUL inside a name', 'nul-in-name', { name: 'shown\0hidden' }),
  tar('a NUL inside a prefix', 'nul-in-name', { prefix: 'a\0b' }),
  tar('a NUL inside a long name', 'nul-in-name', longNamePart('a\0b'), {}),
  tar('a NUL inside a pax path', 'nul-in-name', paxPart({ path: 'a\0b' }), {}),
  tar('a long name that leads up', 'parent-path', longNamePart('../outside'), {}),
  tar('a prefix that leads up', 'parent-path', { prefix: '..', name: 'outside' }),
  tar('a prefix from the root', 'absolute-path', { prefix: '/etc', name: 'passwd' }),
  tar('a file whose name ends in a slash', 'slash-after-file', { name: 'a/', content: 'x' }),
  tar('a symbolic link', 'symbolic-link', { type: '2', linkName: '/etc/passwd' }),
  tar('a symbolic link to the bundle itself', 'symbolic-link', { type: '2', linkName: '.' }),
  tar('a hard link', 'hard-link', { type: '1', linkName: 'good.txt' }),
  tar('a long link', 'hard-link', tarPart({ type: 'K', content: '/etc/passwd\0' }), { type: '2' }),
  tar('a link by pax', 'hard-link', paxPart({ linkpath: '/etc/passwd' }), {}),
  tar('a character device', 'device', { type: '3' }),
  tar('a block device', 'device', { type: '4' }),
  tar('a FIFO', 'fifo', { type: '6' }),
  tar('a sparse file of GNU', 'sparse-file', { type: 'S', magic: 'ustar  \0' }),
  tar('a sparse file by pax', 'sparse-file', sparsePax, {}),
  tar('a file of an unknown type', 'unknown-type', { type: 'Z' }),
  tar('a part of a file on another tape', 'unknown-type', { type: 'M' }),
  tar('a directory with content', 'directory-with-content', { name: 'a/', type: '5', content: 'x' }),
  tar('a checksum that is wrong', 'tar-header-damaged', { checksum: '000000\0 ' }),
  tar('a header of another format', 'tar-header-damaged', { magic: 'tarball\0' }),
  tar('a size in base 256', 'tar-size-invalid', {
    size: Buffer.from('800000000000000000000001', 'hex'),
    content: 'x',
  }),
  tar('a size below nothing', 'tar-size-invalid', { size: Buffer.alloc(12, 0xff) }),
  tar('a size with a minus', 'tar-size-invalid', { size: '-0000000001\0' }),
  tar('a size that is no number', 'tar-size-invalid', { size: '00000000009\0' }),
  tar('a size with a number behind it', 'tar-size-invalid', { size: '0000001\x00777' }),
  tar('no size', 'tar-size-invalid', { size: Buffer.alloc(12) }),
  tar('the largest size', 'fileBytes', { size: '77777777777\0' }),
  tar('a size beyond the end', 'archive-cut', { size: '00000077777\0' }),
  tar('another size by pax', 'pax-size-differs', paxPart({ size: '99999' }), { content: 'x' }),
  tar('a size below nothing by pax', 'pax-size-differs', paxPart({ size: '-1' }), { content: 'x' }),
  tar('a path and a long name', 'pax-name-twice', longNamePart('one'), paxPart({ path: 'other' }), {}),
  tar('a path for every entry', 'pax-global-name', paxPart({ path: 'every' }, 'g'), {}),
  tar('a size for every entry', 'pax-global-name', paxPart({ size: '0' }, 'g'), {}),
  tar('names in another character set', 'pax-charset', paxPart({ hdrcharset: 'BINARY' }), {}),
  tar(
    'a path twice',
    'tar-extension-repeated',
    tarPart({ type: 'x', content: Buffer.concat([paxRecord('path', 'a'), paxRecord('path', 'b')]) }),
    {},
  ),
  tar('two pax headers', 'tar-extension-repeated', paxPart({ path: 'a' }), paxPart({ path: 'b' }), {}),
  tar(
    'two global headers',
    'tar-extension-repeated',
    paxPart({ comment: 'a' }, 'g'),
    paxPart({ comment: 'b' }, 'g'),
    {},
  ),
  tar('two long names', 'tar-extension-repeated', longNamePart('a'), longNamePart('b'), {}),
  tar(
    'a pax record that is too long',
    'tar-extension-invalid',
    tarPart({ type: 'x', content: '999 path=a\n' }),
    {},
  ),
  tar(
    'a pax record of no length',
    'tar-extension-invalid',
    tarPart({ type: 'x', content: '0 path=a\n' }),
    {},
  ),
  tar(
    'a pax record without a line’s end',
    'tar-extension-invalid',
    tarPart({ type: 'x', content: '10 path=ab' }),
    {},
  ),
  tar('a pax record without a key', 'tar-extension-invalid', tarPart({ type: 'x', content: '5 =a\n' }), {}),
  tar(
    'a pax header that is too large',
    'tar-extension-too-large',
    paxPart({ path: 'a'.repeat(100_000) }),
    {},
  ),
  tar('a header for an entry that does not come', 'tar-extension-dangling', paxPart({ path: 'a' })),
  tarBytes('no end', 'archive-cut', tarPart(GOOD)),
  tarBytes('half an end', 'archive-cut', Buffer.concat([tarPart(GOOD), TAR_END.subarray(512)])),
  tarBytes(
    'a cut in a header',
    'archive-cut',
    Buffer.concat([tarPart(GOOD), tarPart(GOOD).subarray(0, 100)]),
  ),
  tarBytes('a cut in a file', 'archive-cut', tarPart({ content: 'x'.repeat(2000) }).subarray(0, 1500)),
  tarBytes('an entry after the end', 'data-after-end', Buffer.concat([tarOf(GOOD), tarOf({ name: 'late' })])),
  tarBytes(
    'an entry after half an end',
    'data-after-end',
    Buffer.concat([tarPart(GOOD), TAR_END.subarray(512), tarOf({ name: 'late' })]),
  ),
  tarBytes('a zip after the end', 'data-after-end', Buffer.concat([tarOf(GOOD), zipOf([GOOD_ZIP])])),
  tarBytes(
    'zeros without an end',
    'data-after-end',
    Buffer.concat([tarOf(GOOD), Buffer.alloc(2 * 1024 * 1024)]),
  ),
];

const gzip = (title: string, refusedBy: Hostile['refusedBy'], archive: Buffer): Hostile => ({
  title: `gzip: ${title}`,
  archive,
  refusedBy,
});
const GZIPPED = gzipSync(tarOf(GOOD));
/** With one byte changed. */
function changed(bytes: Buffer, at: number, by = 1): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8((copy.readUInt8(at) + by) & 0xff, at);
  return copy;
}
const GZIPS: Hostile[] = [
  gzip('a gzip in a gzip', 'not-a-tar-inside', gzipSync(GZIPPED)),
  gzip('a zip in a gzip', 'not-a-tar-inside', gzipSync(zipOf([GOOD_ZIP]))),
  gzip('nothing inside', 'not-a-tar-inside', gzipSync(Buffer.alloc(0))),
  gzip('a second member', 'data-after-end', Buffer.concat([GZIPPED, GZIPPED])),
  gzip('bytes behind it', 'data-after-end', Buffer.concat([GZIPPED, Buffer.from('more')])),
  gzip('a checksum that is wrong', 'checksum-differs', changed(GZIPPED, GZIPPED.length - 8)),
  gzip('a length that is wrong', 'size-differs', changed(GZIPPED, GZIPPED.length - 4)),
  gzip('a cut in its data', 'compressed-data-damaged', GZIPPED.subarray(0, 40)),
  gzip('a cut in its trailer', 'archive-cut', GZIPPED.subarray(0, -3)),
  gzip('no more than its start', 'archive-cut', GZIPPED.subarray(0, 5)),
  gzip('flags that have no meaning', 'gzip-header-invalid', changed(GZIPPED, 3, 0x80)),
  gzip(
    'a name without an end',
    'gzip-header-invalid',
    Buffer.concat([Buffer.from('1f8b08080000000000ff', 'hex'), Buffer.alloc(9000, 65)]),
  ),
  gzip(
    'data that is no deflate',
    'compressed-data-damaged',
    Buffer.concat([GZIPPED.subarray(0, 10), Buffer.alloc(600, 0xff)]),
  ),
  gzip('a bomb', 'compressionRatio', gzipSync(tarOf({ content: Buffer.alloc(48 * 1024 * 1024) }))),
];

const UNIX = (mode: number) => (mode << 16) >>> 0;
const zip64Extra = (...values: number[]) =>
  extraField(1, little(...values.map((value) => [8, value] as const)));
const unicodePath = (name: string, checksum: number) =>
  extraField(0x7075, Buffer.concat([Buffer.from([1]), little([4, checksum]), Buffer.from(name)]));
const KERNEL = deflateRawSync(Buffer.alloc(1024 * 1024));
const DESCRIBED = { name: 'a', content: 'x', flags: 8, method: 0 } as const;

const ZIPS: Hostile[] = [
  zip('an empty name', 'empty-name', { name: '' }),
  zip('a NUL in a name', 'nul-in-name', { name: 'shown\0hidden' }),
  zip('a symbolic link', 'symbolic-link', { name: 'a', content: '/etc/passwd', attributes: UNIX(0o120777) }),
  zip('a device', 'device', { attributes: UNIX(0o020666) }),
  zip('a block device', 'device', { attributes: UNIX(0o060666) }),
  zip('a FIFO', 'fifo', { attributes: UNIX(0o010666) }),
  zip('a socket', 'fifo', { attributes: UNIX(0o140666) }),
  zip('a mode of no type', 'unknown-type', { attributes: UNIX(0o150666) }),
  zip('a directory that is a file', 'zip-type-differs', { name: 'a/', attributes: UNIX(0o100644) }),
  zip('a file that is a directory', 'zip-type-differs', { attributes: UNIX(0o040755) }),
  zip('a file that is a directory of DOS', 'zip-type-differs', { attributes: 0x10 }),
  zip('a directory with content', 'directory-with-content', { name: 'a/', content: 'x' }),
  zip('an encrypted entry', 'encrypted', { flags: 1 }),
  zip('a strongly encrypted entry', 'encrypted', { flags: 0x41 }),
  zip('masked headers', 'encrypted', { flags: 0x2000 }),
  zip('patch data', 'zip-flags-unknown', { flags: 0x20 }),
  zip('an unknown method', 'unknown-method', { method: 12, content: 'x' }),
  zip('deflate64', 'unknown-method', { method: 9, content: 'x' }),
  zip('another name in the local header', 'zip-headers-differ', {
    local: { name: 'evil' },
    central: { name: 'nice' },
  }),
  zip('another size in the local header', 'zip-headers-differ', { content: 'x', local: { bytes: 99 } }),
  zip('another compressed size in the local header', 'zip-headers-differ', {
    content: 'x',
    local: { compressedBytes: 1 },
  }),
  zip('another checksum in the local header', 'zip-headers-differ', { content: 'x', local: { crc: 1 } }),
  zip('another method in the local header', 'zip-headers-differ', { content: 'x', local: { method: 0 } }),
  zip('encrypted in the local header only', 'zip-headers-differ', { content: 'x', local: { flags: 1 } }),
  zip('a second name', 'zip-names-differ', { name: 'nice', extra: unicodePath('../evil', 0) }),
  zip('more content than it says', 'size-differs', { content: 'xxxx', bytes: 2 }),
  zip('less content than it says', 'size-differs', { content: 'xxxx', bytes: 9 }),
  zip('stored content of two sizes', 'size-differs', { content: 'xxxx', method: 0, bytes: 2 }),
  zip('bytes behind its compressed data', 'size-differs', {
    content: 'x',
    data: Buffer.concat([deflateRawSync('x'), Buffer.from('hidden')]),
  }),
  zip('content with another checksum', 'checksum-differs', { content: 'x', crc: 7 }),
  zip('compressed data that is none', 'compressed-data-damaged', {
    content: 'x',
    data: Buffer.alloc(20, 0xff),
  }),
  zip('compressed data that is cut', 'compressed-data-damaged', {
    content: 'xyz'.repeat(99),
    data: deflateRawSync('xyz'.repeat(99)).subarray(0, 5),
  }),
  zip('a descriptor that says something else', 'zip-headers-differ', {
    ...DESCRIBED,
    descriptor: little([4, 0x08074b50], [4, 1], [4, 1], [4, 1]),
  }),
  zip('a descriptor that is not there', 'zip-gap', DESCRIBED),
  zip('a descriptor that nobody announced', 'zip-gap', { content: 'x', descriptor: Buffer.alloc(16) }),
  zip('no local header', 'zip-header-damaged', { localSignature: 0x12345678 }),
  zip('a damaged central directory', 'zip-directory-damaged', { centralSignature: 0x12345678 }),
  zip('extra fields that do not fit', 'zip-directory-damaged', { extra: Buffer.from([9, 9, 200, 0]) }),
  zip('extra fields that do not fit in the local header', 'zip-header-damaged', {
    local: { extra: Buffer.from([9, 9, 200, 0]) },
  }),
  zip('zip64 without its sizes', 'zip-directory-damaged', { content: 'x', central: { bytes: 0xffffffff } }),
  zip('zip64 with a size that nobody asked for', 'zip-headers-differ', {
    content: 'x',
    central: { extra: zip64Extra(99) },
  }),
  zip('zip64 twice', 'zip-directory-damaged', {
    content: 'x',
    central: { bytes: 0xffffffff, extra: Buffer.concat([zip64Extra(1), zip64Extra(2)]) },
  }),
  zip('zip64 with a size of 2^64-1', 'zip-directory-damaged', {
    central: { bytes: 0xffffffff, extra: extraField(1, Buffer.alloc(8, 0xff)) },
  }),
  zip('zip64 with a size of 2^50', 'fileBytes', {
    central: { bytes: 0xffffffff, extra: zip64Extra(2 ** 50) },
  }),
  zip('an entry on another disk', 'zip-several-disks', { disk: 1 }),
  zip('an entry inside another', 'zip-overlap', { name: 'b', start: 10 }),
  zip('an entry whose local header is another’s', 'zip-overlap', { name: 'b', start: 0, only: 'central' }),
  zip('an entry that begins beyond the end', 'zip-overlap', {
    name: 'b',
    start: 0x7fffffff,
    only: 'central',
  }),
  zip('an entry that only its local header has', 'zip-gap', { name: 'hidden', content: 'x', only: 'local' }),
  zipEnd('bytes before its first entry', 'zip-gap', { before: Buffer.from('PK\x03\x04 and more') }),
  zipEnd('bytes before its directory', 'zip-gap', { betweenEntriesAndDirectory: Buffer.alloc(9) }),
  zipEnd('bytes behind its end', 'zip-end-invalid', { after: Buffer.from('more') }),
  zipEnd('fewer entries than there are', 'zip-end-invalid', { entries: 0 }),
  zipEnd('more entries than there are', 'zip-end-invalid', { entries: 2 }),
  zipEnd('some of the entries on another disk', 'zip-several-disks', { entriesOnDisk: 0 }),
  zipEnd('another disk', 'zip-several-disks', { disk: 1 }),
  zipEnd('a directory that begins elsewhere', 'zip-end-invalid', { directoryStart: 0 }),
  zipEnd('a directory of another size', 'zip-end-invalid', { directoryBytes: 46 }),
  zipEnd('an end record in its comment', 'zip-end-invalid', {
    comment: Buffer.concat([little([4, 0x06054b50], [8, 0], [8, 0]), Buffer.alloc(2)]),
  }),
  zipEnd('two ends of zip64 that differ', 'zip-end-invalid', {
    zip64: (start, bytes) => zip64End(start, bytes, 7),
  }),
  zipEnd('an end of zip64 that is elsewhere', 'zip-end-invalid', {
    zip64: (start, bytes, entries) => zip64End(start, bytes, entries, 0),
  }),
  {
    title: 'zip: no end',
    archive: zipOf([GOOD_ZIP]).subarray(0, -22),
    refusedBy: 'archive-cut',
  },
  {
    title: 'zip: the bomb of entries that share one compressed kernel',
    archive: zipOf([
      { name: '0', content: Buffer.alloc(1024 * 1024), data: KERNEL },
      ...Array.from(
        { length: 500 },
        (_, index): ZipPart => ({
          name: `${index + 1}`,
          content: Buffer.alloc(1024 * 1024),
          data: KERNEL,
          start: 0,
          only: 'central',
        }),
      ),
    ]),
    refusedBy: 'zip-overlap',
  },
  {
    title: 'zip: a bomb',
    archive: zipOf([{ content: Buffer.alloc(48 * 1024 * 1024) }]),
    refusedBy: 'compressionRatio',
  },
  {
    title: 'zip: a bomb that says it is small',
    archive: zipOf([{ content: Buffer.alloc(48 * 1024 * 1024), bytes: 10 }]),
    refusedBy: 'size-differs',
  },
];

const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `${index}` }));
const limited = (
  title: string,
  limit: keyof BundleLimits,
  value: number,
  parts: readonly { readonly name: string; readonly content?: string }[],
): Hostile[] => [
  { title: `tar: ${title}`, archive: tarOf(...parts), refusedBy: limit, limits: { [limit]: value } },
  {
    title: `tar.gz: ${title}`,
    archive: gzipSync(tarOf(...parts)),
    refusedBy: limit,
    limits: { [limit]: value },
  },
  { title: `zip: ${title}`, archive: zipOf(parts), refusedBy: limit, limits: { [limit]: value } },
];
const LIMITS: Hostile[] = [
  ...limited('too many files', 'entries', 10, many(11)),
  ...limited('too many directories that are only implied', 'entries', 10, [
    { name: 'a/b/c/d/e/f/g/h/i/j/k' },
  ]),
  ...limited('too deep', 'depth', 3, [{ name: 'a/b/c/d' }]),
  ...limited('too long a path', 'pathBytes', 20, [{ name: 'twenty-one-characters' }]),
  ...limited('too large a file', 'fileBytes', 9, [{ name: 'a', content: 'ten bytes.' }]),
  ...limited('too much', 'unpackedBytes', 15, [
    { name: 'a', content: 'ten bytes.' },
    { name: 'b', content: 'ten bytes.' },
  ]),
  {
    title: 'tar: a name that no disk takes',
    archive: tarOf(GOOD, longNamePart('é'.repeat(128)), {}),
    refusedBy: 'long-name',
  },
  {
    title: 'zip: a name that no disk takes',
    archive: zipOf([{ name: 'x'.repeat(256) }]),
    refusedBy: 'long-name',
  },
];

/** All of them. */
export const HOSTILE_ARCHIVES: readonly Hostile[] = [...NAMES, ...TARS, ...GZIPS, ...ZIPS, ...LIMITS];
