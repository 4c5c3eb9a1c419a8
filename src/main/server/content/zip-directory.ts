// The central directory of a zip (APPNOTE 4.3.12): every entry that there is, and where.

import { type ArchiveFile, ByteReader, fileRange } from './archive-bytes.js';
import { overLimit } from './bundle-limits.js';
import { refused, shownEntry } from './bundle-refusal.js';
import type { EntryKind } from './entry-name.js';
import type { UnpackBudget } from './unpack-budget.js';
import type { ZipEnd } from './zip-end.js';
import { checkFeatures, readExtraFields, resolveZip64, STORED, type ZipFields } from './zip-fields.js';

/** One entry, as the central directory has it. */
export interface ZipEntry extends ZipFields {
  readonly kind: EntryKind;
  /** Where its local header is. */
  readonly start: number;
}

const SIGNATURE = 0x02014b50;
const HEADER_BYTES = 46;

const FILE_TYPE = 0o170000;
const FIFO = 0o010000;
const CHARACTER_DEVICE = 0o020000;
const DIRECTORY = 0o040000;
const BLOCK_DEVICE = 0o060000;
const FILE = 0o100000;
const LINK = 0o120000;
const SOCKET = 0o140000;
const DOS_DIRECTORY = 0x10;
const SLASH = 0x2f;

/** The entries in the order of their places. @throws SandpoolError `BUNDLE_REFUSED`, `BUNDLE_LIMIT_EXCEEDED` */
export async function readZipDirectory(
  archive: ArchiveFile,
  end: ZipEnd,
  budget: UnpackBudget,
): Promise<ZipEntry[]> {
  if (end.entries > budget.limits.entries) throw overLimit('entries', budget.limits);
  const reader = new ByteReader(fileRange(archive, end.directoryStart, end.directoryEnd, budget));
  const entries: ZipEntry[] = [];
  let total = 0;
  try {
    for (let header = await next(reader); header !== undefined; header = await next(reader)) {
      if (entries.length === end.entries) throw refused('zip-end-invalid');
      const entry = await readEntry(reader, header, budget);
      total += entry.bytes;
      if (total > budget.limits.unpackedBytes) throw overLimit('unpackedBytes', budget.limits);
      entries.push(entry);
    }
  } finally {
    await reader.close();
  }
  if (entries.length !== end.entries) throw refused('zip-end-invalid');
  return entries.sort((one, other) => one.start - other.start);
}

async function next(reader: ByteReader): Promise<Buffer | undefined> {
  return reader.block(HEADER_BYTES);
}

async function readEntry(reader: ByteReader, header: Buffer, budget: UnpackBudget): Promise<ZipEntry> {
  if (header.readUInt32LE(0) !== SIGNATURE) throw refused('zip-directory-damaged');
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((at) => header.readUInt16LE(at));
  const name = await part(reader, nameBytes);
  const fields = readExtraFields(await part(reader, extraBytes), name, 'zip-directory-damaged');
  await part(reader, commentBytes);
  if (name.length > budget.limits.pathBytes) throw overLimit('pathBytes', budget.limits, shownEntry(name));
  const [bytes = 0, compressedBytes = 0, start = 0] = resolveZip64(
    [header.readUInt32LE(24), header.readUInt32LE(20), header.readUInt32LE(42)],
    fields,
    name,
    'zip-directory-damaged',
  );
  const flags = header.readUInt16LE(8);
  const method = header.readUInt16LE(10);
  checkFeatures({ flags, method, name });
  if (header.readUInt16LE(34) !== 0) throw refused('zip-several-disks');
  const kind = kindOf(header.readUInt32LE(38), name);
  if (kind === 'directory' && bytes !== 0) throw refused('directory-with-content', name);
  if (method === STORED && bytes !== compressedBytes) throw refused('size-differs', name);
  budget.announce(bytes, shownEntry(name));
  return { kind, name, flags, method, crc32: header.readUInt32LE(16), bytes, compressedBytes, start };
}

async function part(reader: ByteReader, length = 0): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  const bytes = await reader.block(length);
  if (bytes === undefined) throw refused('zip-directory-damaged');
  return bytes;
}

/** Told by the name, as zip has it; the attributes, of Unix and of DOS, must not say otherwise. */
function kindOf(attributes: number, name: Buffer): EntryKind {
  const kind = name.at(-1) === SLASH ? 'directory' : 'file';
  switch ((attributes >>> 16) & FILE_TYPE) {
    case LINK:
      throw refused('symbolic-link', name);
    case CHARACTER_DEVICE:
    case BLOCK_DEVICE:
      throw refused('device', name);
    case FIFO:
    case SOCKET:
      throw refused('fifo', name);
    case DIRECTORY:
      if (kind !== 'directory') throw refused('zip-type-differs', name);
      break;
    case FILE:
      if (kind !== 'file') throw refused('zip-type-differs', name);
      break;
    case 0:
      break;
    default:
      throw refused('unknown-type', name);
  }
  if (attributes & DOS_DIRECTORY && kind !== 'directory') throw refused('zip-type-differs', name);
  return kind;
}
