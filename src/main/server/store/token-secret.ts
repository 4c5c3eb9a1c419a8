// The secret of a token, which only its owner has, and the hash of it, which is what is kept.

import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'sandpool_';
const SECRET_BYTES = 32;

/** A new secret: a prefix that scanners for leaked secrets can know, and 32 random bytes in base64url. */
export function createSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

/** The SHA-256 of a secret's 32 bytes; undefined for what cannot be a secret. */
export function hashOfSecret(secret: string): Buffer | undefined {
  if (!secret.startsWith(PREFIX)) return undefined;
  const encoded = secret.slice(PREFIX.length);
  const decoded = Buffer.from(encoded, 'base64url');
  // Decoding skips what it does not know; a secret has one spelling.
  if (decoded.length !== SECRET_BYTES || decoded.toString('base64url') !== encoded) return undefined;
  return createHash('sha256').update(decoded).digest();
}
