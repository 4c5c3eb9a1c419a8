// A file that is one gzip member and nothing else (RFC 1952). Node's own reader takes any number of members and ignores
// what follows them; here what follows is refused, and length and checksum must be right.

import { type ArchiveFile, fileRange, inflated, readAt } from './archive-bytes.js';
import { refused } from './bundle-refusal.js';
import type { UnpackBudget } from './unpack-budget.js';

/** The header's optional fields, a name and a comment among them, must fit in this. */
const LONGEST_HEADER_BYTES = 4096;
const FIXED_HEADER_BYTES = 10;
const TRAILER_BYTES = 8;

const FLAG_CHECKSUM = 0x02;
const FLAG_EXTRA = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;
const DEFLATE = 8;

/** What is inside. @throws SandpoolError `BUNDLE_REFUSED`, also after the last byte has been given */
export async function* gunzipped(archive: ArchiveFile, budget: UnpackBudget): AsyncGenerator<Buffer> {
  const headerLength = Math.min(LONGEST_HEADER_BYTES, archive.bytes);
  const start = headerEnd(await readAt(archive, 0, headerLength, budget));
  const content = yield* inflated(fileRange(archive, start, archive.bytes, budget), budget);
  const trailerStart = start + content.consumedBytes;
  if (trailerStart + TRAILER_BYTES > archive.bytes) throw refused('archive-cut');
  if (trailerStart + TRAILER_BYTES < archive.bytes) throw refused('data-after-end');
  const trailer = await readAt(archive, trailerStart, TRAILER_BYTES, budget);
  if (trailer.readUInt32LE(0) !== content.crc32) throw refused('checksum-differs');
  if (trailer.readUInt32LE(4) !== content.bytes % 2 ** 32) throw refused('size-differs');
}

function headerEnd(header: Buffer): number {
  if (header.length < FIXED_HEADER_BYTES) throw refused('archive-cut');
  const flags = header.readUInt8(3);
  if (header.readUInt8(2) !== DEFLATE || (flags & FLAGS_RESERVED) !== 0) throw refused('gzip-header-invalid');
  let end = FIXED_HEADER_BYTES;
  if (flags & FLAG_EXTRA) {
    if (end + 2 > header.length) throw refused('gzip-header-invalid');
    end += 2 + header.readUInt16LE(end);
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const zero = header.indexOf(0, end);
    if (zero < 0) throw refused('gzip-header-invalid');
    end = zero + 1;
  }
  if (flags & FLAG_CHECKSUM) end += 2;
  if (end > header.length) throw refused('gzip-header-invalid');
  return end;
}
