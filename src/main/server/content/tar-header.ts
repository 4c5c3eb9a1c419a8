// One header block of a tar, read strictly: POSIX ustar, or GNU's form of it. Numbers are octal digits and nothing else;
// what other readers guess at, skip or cut off is refused.

import { refused } from './bundle-refusal.js';

/** A tar is made of blocks of this size. */
export const BLOCK_BYTES = 512;

/** What a header says. */
export interface TarHeader {
  /** The entry's path in bytes, as far as the block has it. */
  readonly name: Uint8Array;
  readonly bytes: number;
  /** The type's one character; `0` for the NUL that old writers use for files. */
  readonly type: string;
}

const NAME = [0, 100] as const;
const SIZE = [124, 136] as const;
const CHECKSUM = [148, 156] as const;
const TYPE = 156;
const MAGIC = [257, 265] as const;
const PREFIX = [345, 500] as const;

const SPACE = 0x20;
const SLASH = Buffer.from('/');

/** Whether the block is all zeros: two of them end a tar. */
export function isZeroBlock(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}

/** Whether the block begins a tar of a kind that is read here. */
export function isTarHeader(block: Buffer): boolean {
  return block.length === BLOCK_BYTES && format(block) !== undefined;
}

/** @throws SandpoolError `BUNDLE_REFUSED` */
export function readTarHeader(block: Buffer): TarHeader {
  const kind = format(block);
  const ownName = block.subarray(...NAME);
  if (kind === undefined || octal(block.subarray(...CHECKSUM)) !== checksum(block)) {
    throw refused('tar-header-damaged');
  }
  // GNU writers keep times where POSIX has the beginning of a long path.
  const prefix = kind === 'ustar' ? untilNul(block.subarray(...PREFIX), ownName) : Buffer.alloc(0);
  const last = untilNul(ownName, ownName);
  const name = prefix.length === 0 ? last : Buffer.concat([prefix, SLASH, last]);
  const bytes = octal(block.subarray(...SIZE));
  if (bytes === undefined) throw refused('tar-size-invalid', name);
  return { name, bytes, type: block[TYPE] === 0 ? '0' : String.fromCharCode(block.readUInt8(TYPE)) };
}

/** The bytes before the first NUL. Anything but NULs behind it is a second name, for readers that see it. */
export function untilNul(field: Uint8Array, shown: Uint8Array): Uint8Array {
  const end = field.indexOf(0);
  if (end < 0) return field;
  if (field.subarray(end).some((byte) => byte !== 0)) throw refused('nul-in-name', shown);
  return field.subarray(0, end);
}

function format(block: Buffer): 'ustar' | 'gnu' | undefined {
  const magic = block.subarray(...MAGIC).toString('latin1');
  if (magic === 'ustar\x0000') return 'ustar';
  return magic === 'ustar  \0' ? 'gnu' : undefined;
}

/** Digits, after spaces if need be, ended by spaces, NULs or the field itself. */
function octal(field: Buffer): number | undefined {
  const text = field.toString('latin1');
  // 12 octal digits are below 2^36.
  return /^ *[0-7]+[ \0]*$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

function checksum(block: Uint8Array): number {
  let sum = 0;
  for (const [index, byte] of block.entries()) {
    sum += index >= CHECKSUM[0] && index < CHECKSUM[1] ? SPACE : byte;
  }
  return sum;
}
