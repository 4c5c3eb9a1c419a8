// Zips made byte by byte, to be whatever no tool would write.

import { crc32, deflateRawSync } from 'node:zlib';

/** What a header says; anything may differ from what is so. */
export interface ZipHeaderFields {
  readonly name?: string | Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly compressedBytes?: number;
  readonly bytes?: number;
  readonly extra?: Uint8Array;
}

/** One entry. */
export interface ZipPart extends ZipHeaderFields {
  readonly content?: string | Uint8Array;
  /** What stands in the file, when it is not the content deflated. */
  readonly data?: Uint8Array;
  readonly attributes?: number;
  readonly disk?: number;
  /** Where the central directory says that it begins. */
  readonly start?: number;
  readonly local?: ZipHeaderFields;
  readonly central?: ZipHeaderFields;
  readonly localSignature?: number;
  readonly centralSignature?: number;
  readonly comment?: string;
  /** Behind the data. */
  readonly descriptor?: Uint8Array;
  /** Only in the file, or only in the central directory. */
  readonly only?: 'local' | 'central';
}

/** What the end record says, and what stands around it. */
export interface ZipEndFields {
  readonly before?: Uint8Array;
  readonly betweenEntriesAndDirectory?: Uint8Array;
  readonly entries?: number;
  readonly entriesOnDisk?: number;
  readonly disk?: number;
  readonly directoryBytes?: number;
  readonly directoryStart?: number;
  readonly comment?: Uint8Array;
  readonly after?: Uint8Array;
  /** Zip64's two records, given where the directory is and what it has. */
  readonly zip64?: (directoryStart: number, directoryBytes: number, entries: number) => Uint8Array;
}

/** Numbers of two, four and eight bytes, little end first. */
export function little(...numbers: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    numbers.map(([bytes, value]) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      return buffer.subarray(0, bytes);
    }),
  );
}

/** One extra field. */
export function extraField(id: number, data: Uint8Array): Buffer {
  return Buffer.concat([little([2, id], [2, data.length]), data]);
}

/** A whole zip of the entries. */
export function zipOf(parts: readonly ZipPart[], end: ZipEndFields = {}): Buffer {
  const before = Buffer.from(end.before ?? '');
  const locals: Buffer[] = [before];
  const centrals: Buffer[] = [];
  let at = before.length;
  for (const part of parts) {
    const { local, central } = entryBytes(part, at);
    if (part.only !== 'local') centrals.push(central);
    if (part.only === 'central') continue;
    locals.push(local);
    at += local.length;
  }
  const between = Buffer.from(end.betweenEntriesAndDirectory ?? '');
  const directoryStart = at + between.length;
  const directory = Buffer.concat(centrals);
  const entries = centrals.length;
  const comment = Buffer.from(end.comment ?? '');
  const record = Buffer.concat([
    little([4, 0x06054b50], [2, end.disk ?? 0], [2, end.disk ?? 0]),
    little([2, end.entriesOnDisk ?? end.entries ?? entries], [2, end.entries ?? entries]),
    little([4, end.directoryBytes ?? directory.length], [4, end.directoryStart ?? directoryStart]),
    little([2, comment.length]),
  ]);
  const zip64 = Buffer.from(end.zip64?.(directoryStart, directory.length, entries) ?? '');
  return Buffer.concat([...locals, between, directory, zip64, record, comment, Buffer.from(end.after ?? '')]);
}

/** Zip64's end record and its locator. */
export function zip64End(start: number, bytes: number, entries: number, recordStart = start + bytes): Buffer {
  return Buffer.concat([
    little([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0]),
    little([8, entries], [8, entries], [8, bytes], [8, start]),
    little([4, 0x07064b50], [4, 0], [8, recordStart], [4, 1]),
  ]);
}

function entryBytes(part: ZipPart, at: number): { readonly local: Buffer; readonly central: Buffer } {
  const content = Buffer.from(part.content ?? '');
  const method = part.method ?? 8;
  const data = Buffer.from(part.data ?? (method === 8 ? deflateRawSync(content) : content));
  const shared = {
    crc: crc32(content),
    compressedBytes: data.length,
    bytes: content.length,
    ...part,
    method,
  };
  const ofLocal = fields({ ...shared, ...part.local });
  const ofCentral = fields({ ...shared, ...part.central });
  const local = Buffer.concat([
    little([4, part.localSignature ?? 0x04034b50], [2, 20]),
    ofLocal.common,
    ofLocal.lengths,
    ofLocal.name,
    ofLocal.extra,
    data,
    Buffer.from(part.descriptor ?? ''),
  ]);
  const comment = Buffer.from(part.comment ?? '');
  const central = Buffer.concat([
    little([4, part.centralSignature ?? 0x02014b50], [2, 0x031e], [2, 20]),
    ofCentral.common,
    ofCentral.lengths,
    little([2, comment.length], [2, part.disk ?? 0], [2, 0]),
    little([4, part.attributes ?? 0], [4, part.start ?? at]),
    ofCentral.name,
    ofCentral.extra,
    comment,
  ]);
  return { local, central };
}

function fields({
  name = 'file',
  flags = 0,
  method = 8,
  crc = 0,
  compressedBytes = 0,
  bytes = 0,
  extra,
}: ZipHeaderFields) {
  const nameBytes = Buffer.from(name);
  const extraBytes = Buffer.from(extra ?? '');
  return {
    name: nameBytes,
    extra: extraBytes,
    common: little([2, flags], [2, method], [2, 0], [2, 0x21], [4, crc], [4, compressedBytes], [4, bytes]),
    lengths: little([2, nameBytes.length], [2, extraBytes.length]),
  };
}
