// The fields that a zip's central directory and its local headers have in common, and what both mean.

import { crc32 } from 'node:zlib';
import { type RefusalRule, refused } from './bundle-refusal.js';
import { SEE_ZIP64_32, safeNumber } from './zip-end.js';

/** What both kinds of header say of an entry. */
export interface ZipFields {
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly name: Buffer;
}

/** Sizes and checksum stand behind the data. */
export const FLAG_DESCRIPTOR = 0x0008;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_STRONGLY_ENCRYPTED = 0x0040;
const FLAG_HEADERS_MASKED = 0x2000;
/** How hard the compressor tried, and that names are UTF-8, which is all that is taken anyway. */
const FLAGS_HARMLESS = 0x0806 | FLAG_DESCRIPTOR;

/** The only two methods. */
export const STORED = 0;
export const DEFLATED = 8;

const EXTRA_ZIP64 = 0x0001;
const EXTRA_UNICODE_PATH = 0x7075;

/** @throws SandpoolError `BUNDLE_REFUSED` for what is not read here, whatever the sizes are */
export function checkFeatures({ flags, method, name }: Pick<ZipFields, 'flags' | 'method' | 'name'>): void {
  if (flags & (FLAG_ENCRYPTED | FLAG_STRONGLY_ENCRYPTED | FLAG_HEADERS_MASKED))
    throw refused('encrypted', name);
  if (flags & ~FLAGS_HARMLESS) throw refused('zip-flags-unknown', name);
  if (method !== STORED && method !== DEFLATED) throw refused('unknown-method', name);
}

/**
 * The extra fields by their numbers.
 *
 * @param damaged the rule for fields that do not fit, or come twice
 * @throws SandpoolError `BUNDLE_REFUSED`, also when a field gives the entry a second name
 */
export function readExtraFields(
  extra: Buffer,
  name: Buffer,
  damaged: RefusalRule,
): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at < extra.length; ) {
    if (at + 4 > extra.length) throw refused(damaged, name);
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length || fields.has(id)) throw refused(damaged, name);
    fields.set(id, extra.subarray(at + 4, end));
    at = end;
  }
  const unicodePath = fields.get(EXTRA_UNICODE_PATH);
  if (unicodePath !== undefined) checkUnicodePath(unicodePath, name);
  return fields;
}

/** A version, the checksum of the name in the header, and the name once more, in UTF-8 (APPNOTE 4.6.9). */
function checkUnicodePath(field: Buffer, name: Buffer): void {
  const same = field.length > 5 && field[0] === 1 && field.readUInt32LE(1) === crc32(name);
  if (!same || !field.subarray(5).equals(name)) throw refused('zip-names-differ', name);
}

/**
 * The numbers that a header leaves to zip64, in the order in which they stand there.
 *
 * @param values as the header has them: all ones for those that zip64 has
 * @throws SandpoolError `BUNDLE_REFUSED` when one is missing, or in the central directory one is too many
 */
export function resolveZip64(
  values: readonly number[],
  fields: ReadonlyMap<number, Buffer>,
  name: Buffer,
  damaged: RefusalRule,
): number[] {
  const field = fields.get(EXTRA_ZIP64) ?? Buffer.alloc(0);
  let at = 0;
  const resolved = values.map((value) => {
    if (value !== SEE_ZIP64_32) return value;
    const whole = at + 8 <= field.length ? safeNumber(field, at) : undefined;
    if (whole === undefined) throw refused(damaged, name);
    at += 8;
    return whole;
  });
  // A reader that does not look which numbers are left to zip64 would take these instead.
  if (damaged === 'zip-directory-damaged' && at !== field.length) throw refused('zip-headers-differ', name);
  return resolved;
}
