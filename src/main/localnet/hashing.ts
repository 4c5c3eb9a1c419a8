// Hashes of the Internet Computer's interface: plain SHA-256, and the representation-independent hash of
// a map, from which request ids and the signed form of query answers are made.
import { hash } from 'node:crypto';
import { encodeUnsignedLeb128 } from './leb128.js';
import { Refusal } from './refusal.js';

/** SHA-256 of `data`: 32 bytes. */
export function sha256(data: Uint8Array | string): Buffer {
  return hash('sha256', data, 'buffer');
}

/** `bytes` with the domain's name before it, itself preceded by its length, as every signed message has. */
export function withDomain(domain: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([domain.length]), Buffer.from(domain), bytes]);
}

/**
 * The representation-independent hash of a map: the hash of its sorted (hash of key, hash of value) pairs.
 * Entries whose value is `undefined` do not count.
 *
 * @param map own properties only; values are text, bytes, unsigned integers, arrays and maps of those
 * @throws Refusal (400) for any other value
 * @see the interface specification, "Representation-independent hashing of structured data"
 */
export function hashOfMap(map: Readonly<Record<string, unknown>>): Buffer {
  const pairs: Buffer[] = [];
  for (const [key, value] of Object.entries(map)) {
    if (value !== undefined) pairs.push(Buffer.concat([sha256(key), hashOfValue(value)]));
  }
  return sha256(Buffer.concat(pairs.sort(Buffer.compare)));
}

function hashOfValue(value: unknown): Buffer {
  if (typeof value === 'string' || value instanceof Uint8Array) return sha256(value);
  if (typeof value === 'bigint' || typeof value === 'number') {
    if (value < 0 || (typeof value === 'number' && !Number.isSafeInteger(value))) {
      throw new Refusal(400, `a request cannot hold the number ${value}`);
    }
    return sha256(encodeUnsignedLeb128(BigInt(value)));
  }
  if (Array.isArray(value)) return sha256(Buffer.concat(value.map(hashOfValue)));
  if (typeof value === 'object' && value !== null) return hashOfMap(value as Record<string, unknown>);
  throw new Refusal(400, `a request cannot hold a ${value === null ? 'null' : typeof value}`);
}
