// The keys behind the configured identities: opened when the service starts, so that what is wrong shows then.

import type { Identity } from '@icp-sdk/core/agent';
import { SandpoolError } from '../../../bridge/errors.js';
import { type IdentitySource, loadIdentity } from '../../identity/index.js';
import { quoted } from '../../project/shown-text.js';
import type { ConfiguredIdentity, ServiceConfiguration } from './service-configuration.js';

/** An identity that can sign, and who that is. */
export interface OpenIdentity {
  readonly identity: Identity;
  /** In text. */
  readonly principal: string;
}

/**
 * Loads the key of each configured identity. A password is never asked for: it is in a file or missing.
 *
 * @returns them by name
 * @throws SandpoolError CONFIG_INVALID, with the name of the identity and its place in the configuration
 */
export async function openIdentities({
  identities,
}: Pick<ServiceConfiguration, 'identities'>): Promise<ReadonlyMap<string, OpenIdentity>> {
  const open = new Map<string, OpenIdentity>();
  for (const [name, configured] of identities) open.set(name, await openIdentity(name, configured));
  return open;
}

async function openIdentity(name: string, configured: ConfiguredIdentity): Promise<OpenIdentity> {
  try {
    const identity = await loadIdentity(sourceOf(configured));
    return { identity, principal: identity.getPrincipal().toText() };
  } catch (error) {
    const { code, message } = SandpoolError.from(error);
    const { file, line, column } = configured.position;
    const remedy = code === 'IDENTITY_UNUSABLE' ? '; the password of a key goes into `passwordFile`' : '';
    const reason = `the identity ${quoted(name)} cannot be opened: ${message}${remedy}`;
    throw new SandpoolError('CONFIG_INVALID', { file, line, column, reason }, { cause: error });
  }
}

function sourceOf(configured: ConfiguredIdentity): IdentitySource {
  if (configured.kind === 'anonymous') return 'anonymous';
  const { passwordFile } = configured;
  const password = passwordFile === undefined ? {} : { password: { passwordFile } };
  return configured.kind === 'pem'
    ? { pemFile: configured.pemFile, ...password }
    : { name: configured.icpCliName, ...password };
}
