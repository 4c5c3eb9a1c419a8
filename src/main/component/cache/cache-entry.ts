// The form of a cache entry: the SHA-256 of all that follows, then a header in JSON, then glue and modules one after
// another. What does not hash to what it says is no entry.

import { createHash } from 'node:crypto';
import type { ModuleClaims } from '../../../bridge/messages.js';
import type { TranslatedComponent } from '../translation.js';

/** What is kept beside the translation, for listing. */
export interface EntryAbout {
  /** What the plugin was called when it was translated. */
  readonly plugin: string;
  /** Of the component's bytes, in lower-case hex. */
  readonly sha256: string;
}

interface EntryHeader extends EntryAbout {
  readonly glueBytes: number;
  readonly modules: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly claims: ModuleClaims;
  }[];
}

const DIGEST_BYTES = 32;
const LENGTH_BYTES = 4;

export function encodeEntry(about: EntryAbout, { glue, modules }: TranslatedComponent): Buffer[] {
  const glueBytes = Buffer.from(glue, 'utf8');
  const header: EntryHeader = {
    ...about,
    glueBytes: glueBytes.byteLength,
    modules: modules.map(({ name, bytes, claims }) => ({ name, bytes: bytes.byteLength, claims })),
  };
  const headerBytes = Buffer.from(JSON.stringify(header), 'utf8');
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(headerBytes.byteLength);
  const parts = [
    length,
    headerBytes,
    glueBytes,
    ...modules.map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  ];
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return [digest.digest(), ...parts];
}

/** @returns undefined unless `entry` is whole and as it was written */
export function decodeEntry(
  entry: Buffer,
): { about: EntryAbout; translation: TranslatedComponent } | undefined {
  if (entry.byteLength < DIGEST_BYTES + LENGTH_BYTES) return undefined;
  const content = entry.subarray(DIGEST_BYTES);
  if (!createHash('sha256').update(content).digest().equals(entry.subarray(0, DIGEST_BYTES)))
    return undefined;
  const { header, end } = readHeader(content);
  let at = end;
  const take = (bytes: number): Buffer => {
    at += bytes;
    return content.subarray(at - bytes, at);
  };
  const glue = take(header.glueBytes).toString('utf8');
  const modules = header.modules.map(({ name, bytes, claims }) => ({ name, bytes: take(bytes), claims }));
  const { plugin, sha256 } = header;
  return { about: { plugin, sha256 }, translation: { glue, modules } };
}

/** What an entry that begins with `start` is about; nothing of it has been checked. */
export function peekEntry(start: Buffer): EntryAbout | undefined {
  try {
    const { plugin, sha256 } = readHeader(start.subarray(DIGEST_BYTES)).header;
    return { plugin, sha256 };
  } catch {
    // Cut short, or no entry at all.
    return undefined;
  }
}

function readHeader(content: Buffer): { header: EntryHeader; end: number } {
  const end = LENGTH_BYTES + content.readUInt32LE();
  return { header: JSON.parse(content.toString('utf8', LENGTH_BYTES, end)), end };
}
