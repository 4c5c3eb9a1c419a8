// What a guest is told about a file: its type, size and times, and a hash that tells two files apart without
// giving away their numbers.

import { createHash, randomBytes } from 'node:crypto';
import type { BigIntStats, Dirent } from 'node:fs';
import type {
  Datetime,
  DescriptorStat,
  DescriptorType,
  MetadataHashValue,
} from '@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types';

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

let salt: Uint8Array | undefined;

/** The type of what was found. */
export function typeOf(found: BigIntStats | Dirent): DescriptorType {
  if (found.isFile()) return 'regular-file';
  if (found.isDirectory()) return 'directory';
  if (found.isSymbolicLink()) return 'symbolic-link';
  if (found.isFIFO()) return 'fifo';
  if (found.isSocket()) return 'socket';
  if (found.isCharacterDevice()) return 'character-device';
  return found.isBlockDevice() ? 'block-device' : 'unknown';
}

// The guest's clock has no times before 1970; such a time is left out.
function datetime(nanoseconds: bigint): Datetime | undefined {
  if (nanoseconds < 0n) return undefined;
  return {
    seconds: nanoseconds / NANOSECONDS_PER_SECOND,
    nanoseconds: Number(nanoseconds % NANOSECONDS_PER_SECOND),
  };
}

/** The record of `stat`. */
export function statOf(stats: BigIntStats): DescriptorStat {
  const accessed = datetime(stats.atimeNs);
  const modified = datetime(stats.mtimeNs);
  const changed = datetime(stats.ctimeNs);
  return {
    type: typeOf(stats),
    linkCount: stats.nlink,
    size: stats.size,
    ...(accessed && { dataAccessTimestamp: accessed }),
    ...(modified && { dataModificationTimestamp: modified }),
    ...(changed && { statusChangeTimestamp: changed }),
  };
}

/** The record of `metadata-hash`: the same for the same file, in this process. */
export function hashOf(stats: BigIntStats): MetadataHashValue {
  salt ??= randomBytes(16);
  const digest = createHash('sha256').update(salt).update(`${stats.dev}:${stats.ino}`).digest();
  return { lower: digest.readBigUInt64LE(0), upper: digest.readBigUInt64LE(8) };
}

/** Whether both are the same file. */
export function isSameFile(left: BigIntStats, right: BigIntStats): boolean {
  return left.dev === right.dev && left.ino === right.ino;
}
