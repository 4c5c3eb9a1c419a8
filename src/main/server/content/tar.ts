// Reads a tar from its first block to its last byte, and hands its files and directories to a writer. tar-stream is not
// used: it takes what is refused here without a word (numbers that are none, sizes in base 256, names that are not
// UTF-8, directories with content, pax records that are cut, a missing end, data behind it).

import { ByteReader } from './archive-bytes.js';
import { type RefusalRule, refused } from './bundle-refusal.js';
import type { BundleWriter } from './bundle-writer.js';
import { readPaxRecords } from './pax-records.js';
import { BLOCK_BYTES, isZeroBlock, readTarHeader, type TarHeader, untilNul } from './tar-header.js';
import type { UnpackBudget } from './unpack-budget.js';

/** A path, an attribute or two: more is no honest header. */
const LONGEST_EXTENSION_BYTES = 64 * 1024;
/** Writers fill their last record with zeros, of 10 KiB mostly; never with more than this. */
const LONGEST_FILLING_BYTES = 1024 * 1024;

const REFUSED_TYPES: Readonly<Record<string, RefusalRule>> = {
  1: 'hard-link',
  2: 'symbolic-link',
  3: 'device',
  4: 'device',
  6: 'fifo',
  K: 'hard-link',
  S: 'sparse-file',
};

/** What extension headers say of the entry that follows them. */
interface Extension {
  longName?: Uint8Array;
  pax?: ReadonlyMap<string, Buffer>;
}

/** What extension headers have said so far. */
interface Extensions {
  next: Extension;
  /** Whether there was a header for all entries: one is what writers write, such as `git archive`. */
  global: boolean;
}

/**
 * @param chunks the bytes of the tar, and nothing else
 * @throws SandpoolError `BUNDLE_REFUSED`, and what the writer throws
 */
export async function unpackTar(
  chunks: AsyncIterable<Uint8Array>,
  writer: BundleWriter,
  budget: UnpackBudget,
): Promise<void> {
  const reader = new ByteReader(chunks);
  try {
    const extensions: Extensions = { next: {}, global: false };
    while (true) {
      budget.check();
      const block = await reader.block(BLOCK_BYTES);
      if (block === undefined) throw refused('archive-cut');
      if (isZeroBlock(block)) break;
      const header = readTarHeader(block);
      if (await readExtension(reader, header, extensions)) continue;
      await unpackEntry(reader, header, extensions.next, writer);
      extensions.next = {};
    }
    if (Object.keys(extensions.next).length > 0) throw refused('tar-extension-dangling');
    await readEnd(reader);
  } finally {
    await reader.close();
  }
}

/** @returns whether the header was one of an extension, which has been read */
async function readExtension(
  reader: ByteReader,
  { type, name, bytes }: TarHeader,
  extensions: Extensions,
): Promise<boolean> {
  if (type !== 'x' && type !== 'g' && type !== 'L') return false;
  if (bytes > LONGEST_EXTENSION_BYTES) throw refused('tar-extension-too-large', name);
  const content = (await reader.block(bytes)) ?? Buffer.alloc(0);
  if (content.length !== bytes) throw refused('archive-cut');
  await skipPadding(reader, bytes);
  const { next } = extensions;
  const known = { x: next.pax !== undefined, g: extensions.global, L: next.longName !== undefined };
  if (known[type]) throw refused('tar-extension-repeated', name);
  if (type === 'L') {
    next.longName = untilNul(content, content);
    return true;
  }
  const records = readPaxRecords(content, name);
  checkRecords(records, name);
  if (type === 'x') {
    next.pax = records;
    return true;
  }
  extensions.global = true;
  if (['path', 'size', 'linkpath'].some((key) => records.has(key))) throw refused('pax-global-name', name);
  return true;
}

function checkRecords(records: ReadonlyMap<string, Buffer>, name: Uint8Array): void {
  const shown = records.get('path') ?? name;
  for (const key of records.keys()) {
    if (key.startsWith('GNU.sparse.') || key.startsWith('SCHILY.realsize'))
      throw refused('sparse-file', shown);
  }
  const charset = records.get('hdrcharset')?.toString('latin1');
  if (charset !== undefined && charset !== 'ISO-IR 10646 2000 UTF-8') throw refused('pax-charset', shown);
}

async function unpackEntry(
  reader: ByteReader,
  header: TarHeader,
  { longName, pax }: Extension,
  writer: BundleWriter,
): Promise<void> {
  const paxName = pax?.get('path');
  const name = paxName ?? longName ?? header.name;
  if (paxName !== undefined && longName !== undefined) throw refused('pax-name-twice', name);
  const rule = REFUSED_TYPES[header.type];
  if (rule !== undefined) throw refused(rule, name);
  if (header.type !== '0' && header.type !== '5') throw refused('unknown-type', name);
  if (pax?.has('linkpath')) throw refused('hard-link', name);
  // Pax has a size for files of 8 GiB and more, which are over every limit: here it may only say the same again.
  const paxSize = pax?.get('size')?.toString('latin1');
  if (paxSize !== undefined && paxSize !== String(header.bytes)) throw refused('pax-size-differs', name);
  if (header.type === '5') {
    if (header.bytes !== 0) throw refused('directory-with-content', name);
    await writer.addDirectory(name);
    return;
  }
  await writer.addFile(name, header.bytes, reader.take(header.bytes));
  await skipPadding(reader, header.bytes);
}

async function skipPadding(reader: ByteReader, bytes: number): Promise<void> {
  const beyond = bytes % BLOCK_BYTES;
  if (beyond !== 0) await reader.block(BLOCK_BYTES - beyond);
}

/** A second block of zeros, and after it nothing but zeros. */
async function readEnd(reader: ByteReader): Promise<void> {
  let bytes = BLOCK_BYTES;
  while (true) {
    const block = await reader.upTo(BLOCK_BYTES);
    bytes += block.length;
    if (!isZeroBlock(block) || bytes > LONGEST_FILLING_BYTES) throw refused('data-after-end');
    if (block.length < BLOCK_BYTES) break;
  }
  if (bytes < 2 * BLOCK_BYTES || bytes % BLOCK_BYTES !== 0) throw refused('archive-cut');
}
