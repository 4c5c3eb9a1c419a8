// The records of a pax extended header (POSIX.1-2017, pax, "pax Extended Header"): `length key=value\n`, where the length
// counts all of it. Read strictly: every byte belongs to a record, and no key comes twice.

import { refused } from './bundle-refusal.js';

const SPACE = 0x20;
const EQUALS = 0x3d;
const LINE_FEED = 0x0a;
const LONGEST_LENGTH_DIGITS = 8;

/** The values by their keys, in bytes. @throws SandpoolError `BUNDLE_REFUSED` */
export function readPaxRecords(bytes: Buffer, entry: Uint8Array): ReadonlyMap<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.subarray(start, start + LONGEST_LENGTH_DIGITS + 1).indexOf(SPACE);
    const digits = bytes.toString('latin1', start, start + Math.max(space, 0));
    if (!/^[1-9][0-9]*$/.test(digits)) throw refused('tar-extension-invalid', entry);
    const end = start + Number(digits);
    const record = bytes.subarray(start + space + 1, end);
    const equals = record.indexOf(EQUALS);
    if (end > bytes.length || equals < 1 || record.at(-1) !== LINE_FEED) {
      throw refused('tar-extension-invalid', entry);
    }
    const key = record.toString('utf8', 0, equals);
    if (records.has(key)) throw refused('tar-extension-repeated', entry);
    records.set(key, record.subarray(equals + 1, -1));
    start = end;
  }
  return records;
}
