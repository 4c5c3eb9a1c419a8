// The end of a zip: its end record, and zip64's two where there are any (APPNOTE 4.3.14 to 4.3.16). All of them must
// agree, and stand one right behind the other at the very end, so that no reader can find another directory.

import { type ArchiveFile, readAt } from './archive-bytes.js';
import { refused } from './bundle-refusal.js';
import type { UnpackBudget } from './unpack-budget.js';

/** Where the central directory is. */
export interface ZipEnd {
  readonly entries: number;
  readonly directoryStart: number;
  readonly directoryEnd: number;
}

/** Two bytes, or four, that say: see zip64. */
export const SEE_ZIP64_16 = 0xffff;
export const SEE_ZIP64_32 = 0xffff_ffff;

const END_SIGNATURE = Buffer.from('PK\x05\x06', 'latin1');
const END_BYTES = 22;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const END64_SIGNATURE = 0x06064b50;
const END64_BYTES = 56;
const LONGEST_COMMENT_BYTES = 0xffff;

/** @throws SandpoolError `BUNDLE_REFUSED` */
export async function readZipEnd(archive: ArchiveFile, budget: UnpackBudget): Promise<ZipEnd> {
  const tailBytes = Math.min(archive.bytes, END_BYTES + LONGEST_COMMENT_BYTES);
  const tailStart = archive.bytes - tailBytes;
  const tail = await readAt(archive, tailStart, tailBytes, budget);
  const at = endRecordIn(tail);
  const record = tail.subarray(at);
  const end: ZipEnd & { readonly bytes: number } = {
    entries: record.readUInt16LE(10),
    bytes: record.readUInt32LE(12),
    directoryStart: record.readUInt32LE(16),
    directoryEnd: tailStart + at,
  };
  const disks = [record.readUInt16LE(4), record.readUInt16LE(6)];
  if (disks.some((disk) => disk !== 0 && disk !== SEE_ZIP64_16)) throw refused('zip-several-disks');
  if (record.readUInt16LE(8) !== end.entries) throw refused('zip-several-disks');
  const whole = await readZip64End(archive, end, budget);
  const { entries, bytes, directoryStart, directoryEnd } = whole ?? end;
  if (whole === undefined && disks.some((disk) => disk !== 0)) throw refused('zip-several-disks');
  if (directoryStart + bytes !== directoryEnd) throw refused('zip-end-invalid');
  return { entries, directoryStart, directoryEnd };
}

/** The one place where an end record can begin: a signature, and a comment that fills the rest. */
function endRecordIn(tail: Buffer): number {
  let found: number | undefined;
  let signatures = 0;
  for (
    let at = tail.lastIndexOf(END_SIGNATURE);
    at >= 0;
    at = at > 0 ? tail.lastIndexOf(END_SIGNATURE, at - 1) : -1
  ) {
    signatures += 1;
    if (at + END_BYTES > tail.length || at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue;
    // A comment that holds an end record of its own: which of the two counts depends on the reader.
    if (found !== undefined) throw refused('zip-end-invalid');
    found = at;
  }
  if (found === undefined) throw refused(signatures > 0 ? 'zip-end-invalid' : 'archive-cut');
  return found;
}

async function readZip64End(
  archive: ArchiveFile,
  end: ZipEnd & { readonly bytes: number },
  budget: UnpackBudget,
): Promise<(ZipEnd & { readonly bytes: number }) | undefined> {
  const locatorStart = end.directoryEnd - LOCATOR_BYTES;
  const locator = locatorStart < 0 ? undefined : await readAt(archive, locatorStart, LOCATOR_BYTES, budget);
  if (locator?.readUInt32LE(0) !== LOCATOR_SIGNATURE) return undefined;
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) throw refused('zip-several-disks');
  const start = safeNumber(locator, 8);
  // No extensible data: nothing in use writes any.
  if (start === undefined || start + END64_BYTES !== locatorStart) throw refused('zip-end-invalid');
  const record = await readAt(archive, start, END64_BYTES, budget);
  const recordBytes = safeNumber(record, 4);
  if (record.readUInt32LE(0) !== END64_SIGNATURE || recordBytes !== END64_BYTES - 12)
    throw refused('zip-end-invalid');
  if (record.readUInt32LE(16) !== 0 || record.readUInt32LE(20) !== 0) throw refused('zip-several-disks');
  const entries = safeNumber(record, 32);
  const bytes = safeNumber(record, 40);
  const directoryStart = safeNumber(record, 48);
  if (entries === undefined || bytes === undefined || directoryStart === undefined)
    throw refused('zip-end-invalid');
  if (safeNumber(record, 24) !== entries) throw refused('zip-several-disks');
  const agree =
    (end.entries === SEE_ZIP64_16 || end.entries === entries) &&
    (end.bytes === SEE_ZIP64_32 || end.bytes === bytes) &&
    (end.directoryStart === SEE_ZIP64_32 || end.directoryStart === directoryStart);
  if (!agree) throw refused('zip-end-invalid');
  return { entries, bytes, directoryStart, directoryEnd: start };
}

/** Eight bytes as a number; undefined when no number can hold them exactly. */
export function safeNumber(bytes: Buffer, at: number): number | undefined {
  const value = Number(bytes.readBigUInt64LE(at));
  return Number.isSafeInteger(value) ? value : undefined;
}
