// Representation-independent hashes, which name requests and are what nodes sign in answers to queries.
// https://internetcomputer.org/docs/references/ic-interface-spec#hash-of-map
import { hash } from 'node:crypto';

/** What can be hashed; numbers stand for naturals. `undefined` members are left out of a map. */
export type Hashable =
  | string
  | number
  | bigint
  | Uint8Array
  | readonly Hashable[]
  | { readonly [key: string]: Hashable | undefined };

/** The hash of a map. */
export function hashOfMap(map: { readonly [key: string]: Hashable | undefined }): Buffer {
  const entries: Buffer[] = [];
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined) entries.push(Buffer.concat([sha256(key), hashOf(value)]));
  }
  return sha256(Buffer.concat(entries.sort(Buffer.compare)));
}

function hashOf(value: Hashable): Buffer {
  if (typeof value === 'string' || value instanceof Uint8Array) return sha256(value);
  if (typeof value === 'number' || typeof value === 'bigint') return sha256(encodeLeb128(BigInt(value)));
  if (isList(value)) return sha256(Buffer.concat(value.map(hashOf)));
  return hashOfMap(value);
}

function isList(value: object): value is readonly Hashable[] {
  return Array.isArray(value);
}

function encodeLeb128(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

function sha256(bytes: string | Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
