// Remembers which BLS signatures were found good. All answers of one round of a subnet share one signature,
// and every certificate repeats its delegation's, so most checks are repeats.
import { createHash } from 'node:crypto';
import type { BlsVerify } from './bls.js';

/** How many signatures are remembered by default, at about 150 bytes each. */
export const REMEMBERED_SIGNATURES = 4096;

/**
 * A verifier that asks `verify` only what it does not know yet. The answer depends on key, signature and
 * message alone, so remembering it is sound; only *true* is remembered, and equal questions that are under
 * way share one answer.
 */
export function rememberBls(verify: BlsVerify, capacity: number = REMEMBERED_SIGNATURES): BlsVerify {
  const good = new Set<string>();
  const underWay = new Map<string, Promise<boolean>>();

  const ask = async (
    key: string,
    publicKey: Uint8Array,
    signature: Uint8Array,
    message: Uint8Array,
  ): Promise<boolean> => {
    try {
      const valid = await verify(publicKey, signature, message);
      if (valid) remember(good, key, capacity);
      return valid;
    } finally {
      underWay.delete(key);
    }
  };

  return async (publicKey, signature, message) => {
    const key = digestOf(publicKey, signature, message);
    if (good.has(key)) {
      remember(good, key, capacity);
      return true;
    }
    let answer = underWay.get(key);
    if (answer === undefined) {
      answer = ask(key, publicKey, signature, message);
      underWay.set(key, answer);
    }
    return answer;
  };
}

// A set keeps the order of insertion: the first entry is the one that was useful longest ago.
function remember(good: Set<string>, key: string, capacity: number): void {
  good.delete(key);
  good.add(key);
  if (good.size <= capacity) return;
  for (const oldest of good) {
    good.delete(oldest);
    return;
  }
}

function digestOf(...parts: readonly Uint8Array[]): string {
  const digest = createHash('sha256');
  const length = Buffer.alloc(4);
  for (const part of parts) {
    // Lengths keep two questions apart whose parts only join to the same bytes.
    length.writeUInt32BE(part.length);
    digest.update(length).update(part);
  }
  return digest.digest('base64');
}
