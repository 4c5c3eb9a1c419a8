// Reads a zip and hands its files and directories to a writer. The entries must fill the file from its first byte to the
// central directory, each where the one before it ends: nothing overlaps, nothing is hidden between them, and the local
// headers say what the central directory says. yauzl is not used: it looks at no checksum, compares nothing of the local
// headers, and takes any order, overlap and gap.

import { crc32 } from 'node:zlib';
import { type ArchiveFile, fileRange, inflated, readAt } from './archive-bytes.js';
import { refused } from './bundle-refusal.js';
import type { BundleWriter } from './bundle-writer.js';
import type { UnpackBudget } from './unpack-budget.js';
import { readZipDirectory, type ZipEntry } from './zip-directory.js';
import { readZipEnd } from './zip-end.js';
import { DEFLATED, FLAG_DESCRIPTOR, readExtraFields, resolveZip64 } from './zip-fields.js';

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const DESCRIPTOR_SIGNATURE = 0x08074b50;
/** With and without a signature, with sizes of four and of eight bytes. */
const DESCRIPTOR_LENGTHS = [12, 16, 20, 24];

/** @throws SandpoolError `BUNDLE_REFUSED`, `BUNDLE_LIMIT_EXCEEDED`, and what the writer throws */
export async function unpackZip(
  archive: ArchiveFile,
  writer: BundleWriter,
  budget: UnpackBudget,
): Promise<void> {
  const end = await readZipEnd(archive, budget);
  const entries = await readZipDirectory(archive, end, budget);
  // Before anything is unpacked: no two entries share a byte.
  let place = 0;
  for (const entry of entries) {
    if (entry.start < place) throw refused('zip-overlap', entry.name);
    place = entry.start + LOCAL_BYTES + entry.name.length + entry.compressedBytes;
  }
  if (place > end.directoryStart) throw refused('zip-overlap', entries.at(-1)?.name);
  place = 0;
  for (const [index, entry] of entries.entries()) {
    if (entry.start !== place) throw refused('zip-gap', entry.name);
    place = entries[index + 1]?.start ?? end.directoryStart;
    await unpackEntry(archive, entry, place, writer, budget);
  }
  if (place !== end.directoryStart) throw refused('zip-gap');
}

/** @param end where the next entry begins, or the central directory */
async function unpackEntry(
  archive: ArchiveFile,
  entry: ZipEntry,
  end: number,
  writer: BundleWriter,
  budget: UnpackBudget,
): Promise<void> {
  const dataStart = await readLocalHeader(archive, entry, budget);
  const dataEnd = dataStart + entry.compressedBytes;
  if (dataEnd > end) throw refused('zip-overlap', entry.name);
  await checkDescriptor(archive, entry, dataEnd, end, budget);
  const content = checkedContent(archive, entry, dataStart, budget);
  if (entry.kind === 'file') {
    await writer.addFile(entry.name, entry.bytes, content);
    return;
  }
  // A directory may hold a deflated nothing.
  for await (const _nothing of content);
  await writer.addDirectory(entry.name);
}

/** @returns where the data begins */
async function readLocalHeader(archive: ArchiveFile, entry: ZipEntry, budget: UnpackBudget): Promise<number> {
  const { name } = entry;
  const header = await readAt(archive, entry.start, LOCAL_BYTES, budget);
  if (header.readUInt32LE(0) !== LOCAL_SIGNATURE) throw refused('zip-header-damaged', name);
  const nameBytes = header.readUInt16LE(26);
  const extraBytes = header.readUInt16LE(28);
  const rest = await readAt(archive, entry.start + LOCAL_BYTES, nameBytes + extraBytes, budget);
  if (!rest.subarray(0, nameBytes).equals(name)) throw refused('zip-headers-differ', name);
  const fields = readExtraFields(rest.subarray(nameBytes), name, 'zip-header-damaged');
  const flags = header.readUInt16LE(6);
  if (flags !== entry.flags || header.readUInt16LE(8) !== entry.method)
    throw refused('zip-headers-differ', name);
  const checksum = header.readUInt32LE(14);
  const [bytes = 0, compressedBytes = 0] = resolveZip64(
    [header.readUInt32LE(22), header.readUInt32LE(18)],
    fields,
    name,
    'zip-header-damaged',
  );
  // With a descriptor behind the data, what is not known yet is nought.
  const same = (local: number, central: number) =>
    local === central || (local === 0 && (flags & FLAG_DESCRIPTOR) !== 0);
  const agree =
    same(checksum, entry.crc32) && same(bytes, entry.bytes) && same(compressedBytes, entry.compressedBytes);
  if (!agree) throw refused('zip-headers-differ', name);
  return entry.start + LOCAL_BYTES + nameBytes + extraBytes;
}

/** What stands between the data and the next entry: a data descriptor that says the same, or nothing. */
async function checkDescriptor(
  archive: ArchiveFile,
  entry: ZipEntry,
  dataEnd: number,
  end: number,
  budget: UnpackBudget,
): Promise<void> {
  const length = end - dataEnd;
  if ((entry.flags & FLAG_DESCRIPTOR) === 0) {
    if (length !== 0) throw refused('zip-gap', entry.name);
    return;
  }
  if (!DESCRIPTOR_LENGTHS.includes(length)) throw refused('zip-gap', entry.name);
  const descriptor = await readAt(archive, dataEnd, length, budget);
  const sized = length === 12 || length === 20 ? descriptor : descriptor.subarray(4);
  const signed = sized === descriptor || descriptor.readUInt32LE(0) === DESCRIPTOR_SIGNATURE;
  const expected = Buffer.alloc(sized.length);
  expected.writeUInt32LE(entry.crc32);
  if (sized.length === 12) {
    // Sizes that need zip64 would have made it longer.
    if (entry.bytes > 0xffff_ffff || entry.compressedBytes > 0xffff_ffff)
      throw refused('zip-headers-differ', entry.name);
    expected.writeUInt32LE(entry.compressedBytes, 4);
    expected.writeUInt32LE(entry.bytes, 8);
  } else {
    expected.writeBigUInt64LE(BigInt(entry.compressedBytes), 4);
    expected.writeBigUInt64LE(BigInt(entry.bytes), 12);
  }
  if (!signed || !sized.equals(expected)) throw refused('zip-headers-differ', entry.name);
}

/** The entry's content, stopped where it passes its size, and refused at its end if it is anything but what it says. */
async function* checkedContent(
  archive: ArchiveFile,
  entry: ZipEntry,
  start: number,
  budget: UnpackBudget,
): AsyncGenerator<Buffer> {
  const { name } = entry;
  let bytes = 0;
  let checksum = 0;
  const source = fileRange(archive, start, start + entry.compressedBytes, budget);
  const content = entry.method === DEFLATED ? inflatedWhole(source, entry, budget) : source;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > entry.bytes) throw refused('size-differs', name);
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (bytes !== entry.bytes) throw refused('size-differs', name);
  if (checksum !== entry.crc32) throw refused('checksum-differs', name);
}

async function* inflatedWhole(
  source: AsyncIterable<Uint8Array>,
  entry: ZipEntry,
  budget: UnpackBudget,
): AsyncGenerator<Buffer> {
  const { consumedBytes } = yield* inflated(source, budget, entry.name);
  if (consumedBytes !== entry.compressedBytes) throw refused('size-differs', entry.name);
}
