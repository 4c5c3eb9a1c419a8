// Keys in the keyring of the system: the Secret Service, the Keychain, or the Credential Manager. The module for it
// is loaded when a key is wanted.

import { describe, SandpoolError } from '../../bridge/errors.js';
import { printable } from '../project/shown-text.js';
import { Secret } from './secret.js';

/** Under this name icp-cli keeps all its keys. */
const SERVICE = 'icp-cli';

/** What the user of an entry is called: the identity, or the session of one. */
export const KEYRING_USERS = {
  key: (name: string): string => name,
  session: (name: string): string => `delegation:${name}`,
};

/**
 * Reads an entry.
 *
 * @throws IDENTITY_UNUSABLE when there is no keyring, it is locked, or it has no such entry
 */
export async function readKeyring(user: string, identity: string): Promise<Secret> {
  let secret: Secret | undefined;
  try {
    secret = await readEntry(user);
  } catch (error) {
    const reason = `the keyring of this system cannot be read: ${printable(describe(error))}`;
    const remedy =
      'unlock the keyring; where there is none, `icp identity export` and `icp identity import --storage password` ' +
      'make an identity that needs none';
    throw new SandpoolError('IDENTITY_UNUSABLE', { identity, reason, remedy }, { cause: error });
  }
  if (secret !== undefined) return secret;
  throw new SandpoolError('IDENTITY_UNUSABLE', {
    identity,
    reason: `the keyring has no entry for it (service ${SERVICE}, user ${printable(user)})`,
    remedy: 'import the identity again with icp-cli, as the user and on the machine that need it',
  });
}

async function readEntry(user: string): Promise<Secret | undefined> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  // Left to itself the module would turn to the kernel's keyring where there is no Secret Service; icp-cli does not.
  const entry = new AsyncEntry(SERVICE, user, { linux: { store: 'secret-service' } });
  // Windows keeps text in its own encoding, which the module decodes; elsewhere bytes can be had, and overwritten.
  if (process.platform === 'win32') {
    const text = await entry.getPassword();
    return text === null ? undefined : new Secret(Buffer.from(text));
  }
  const bytes = await entry.getSecret();
  if (bytes === null) return undefined;
  const secret = new Secret(Buffer.from(bytes));
  bytes.fill(0);
  return secret;
}
