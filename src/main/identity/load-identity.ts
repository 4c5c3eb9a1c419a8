// Identities from wherever a program says they are.

import { AnonymousIdentity, type Identity } from '@icp-sdk/core/agent';
import { defaultIdentityFolder } from './identity-folder.js';
import { explained, openKey } from './open-key.js';
import type { PasswordSource } from './password.js';
import { readSecretFile } from './secret.js';

/** Where an identity comes from. */
export type IdentitySource = 'anonymous' | PemFileSource | StoredIdentitySource;

/** A PEM file with an ed25519, secp256k1 or P-256 key, as PKCS#8 or SEC1. */
export interface PemFileSource {
  readonly pemFile: string;
  /** For a key that is encrypted. */
  readonly password?: PasswordSource;
}

/** An identity that icp-cli keeps. */
export interface StoredIdentitySource {
  readonly name: string;
  /** Where icp-cli keeps identities. @default as icp-cli finds it, `$ICP_HOME/identity` first */
  readonly folder?: string;
  /** For a key that is encrypted. */
  readonly password?: PasswordSource;
}

/**
 * The identity that signs: nobody's, that of a PEM file, or one of icp-cli's.
 *
 * @throws IDENTITY_INVALID, IDENTITY_UNUSABLE; IDENTITY_NOT_FOUND, MANIFEST_INVALID, MANIFEST_UNREADABLE for one of
 *   icp-cli's
 * @example
 * ```ts
 * const identity = await loadIdentity({ name: 'deployer', password: { passwordFile: '/run/secrets/deployer' } });
 * ```
 */
export async function loadIdentity(source: IdentitySource): Promise<Identity> {
  if (source === 'anonymous') return new AnonymousIdentity();
  const { password } = source;
  if ('pemFile' in source) return loadPemFile(source.pemFile, password);
  const { name, folder = defaultIdentityFolder() } = source;
  // Not needed for a PEM file, and it reads YAML.
  const { loadStoredIdentity } = await import('./stored-identity.js');
  return loadStoredIdentity(name, folder, password);
}

async function loadPemFile(pemFile: string, password: PasswordSource | undefined): Promise<Identity> {
  try {
    using pem = await readSecretFile(pemFile);
    return await openKey(pem.bytes, { identity: pemFile, password });
  } catch (error) {
    throw explained(error, pemFile);
  }
}
