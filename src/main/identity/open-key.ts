// From the bytes of a PEM file to an identity that signs, asking for a password when there has to be one.

import { SandpoolError } from '../../bridge/errors.js';
import { readEncryptedKey } from './encrypted-key.js';
import { KeyIdentity } from './key-identity.js';
import { type PasswordSource, unlock } from './password.js';
import { findPemKey } from './pem.js';
import { KeyProblem, type PrivateKey, readPrivateKey } from './private-key.js';
import { SecretFileProblem } from './secret.js';

/** A key in PEM, and what to call it. */
export interface KeyMaterial {
  /** Which identity it is, in errors and when a password is asked for. */
  readonly identity: string;
  /** Where it is from, in errors, when the identity's name does not say that already. */
  readonly origin?: string;
  readonly password?: PasswordSource | undefined;
}

/**
 * The identity whose private key is in `pem`, which stays the caller's to overwrite.
 *
 * @throws IDENTITY_INVALID, IDENTITY_UNUSABLE
 */
export async function openKey(pem: Buffer, material: KeyMaterial): Promise<KeyIdentity> {
  const { identity, origin, password } = material;
  try {
    return new KeyIdentity(await privateKeyIn(pem, identity, password));
  } catch (error) {
    throw explained(error, identity, origin);
  }
}

/** An `IDENTITY_INVALID` for what was wrong with a key or a file; anything else as it is. */
export function explained(error: unknown, identity: string, origin?: string): unknown {
  if (error instanceof SecretFileProblem) return invalid(identity, error.message);
  if (!(error instanceof KeyProblem)) return error;
  return invalid(identity, origin === undefined ? error.message : `${error.message} (${origin})`);
}

/** An `IDENTITY_INVALID`. */
export function invalid(identity: string, reason: string): SandpoolError {
  return new SandpoolError('IDENTITY_INVALID', { identity, reason });
}

async function privateKeyIn(
  pem: Buffer,
  identity: string,
  password: PasswordSource | undefined,
): Promise<PrivateKey> {
  using found = findPemKey(pem);
  if (found === undefined) throw new KeyProblem('it holds no private key in PEM');
  const { label, der } = found;
  if (found.hasHeaders) {
    throw new KeyProblem(
      'its key is encrypted in a form from before PKCS#8; `openssl pkcs8 -topk8 -in FILE` makes one that can be used',
    );
  }
  if (der === undefined) throw new KeyProblem('its private key is malformed: it is not base64');
  if (label !== 'ENCRYPTED PRIVATE KEY') return readPrivateKey(label, der);
  const encrypted = readEncryptedKey(der);
  // Awaited here: the encrypted key is overwritten when this returns.
  return await unlock(identity, password, async (bytes) => {
    using decrypted = await encrypted.decrypt(bytes);
    return decrypted && readPrivateKey('PRIVATE KEY', decrypted.bytes);
  });
}
