// A client of a plan's network, as the identity that the command line names.

import { SandpoolError } from '../../bridge/errors.js';
import { type CanisterClient, CLIENT_DEFAULTS, createCanisterClient } from '../canister/index.js';
import { chooseIdentity } from '../identity/choose-identity.js';
import type { PasswordSource } from '../identity/password.js';
import type { ConnectedNetwork } from '../project/project-model.js';
import { clientRootKey } from '../project/root-key.js';
import { shownUrl } from '../project/shown-url.js';
import { leaveParserUnoptimised } from './http-parser.js';

/** What a connection is made with. */
export interface ConnectOptions {
  /** One of icp-cli's identities, or a PEM file; icp-cli's default when left out. */
  readonly identity: string | undefined;
  /** Holds the password of an encrypted key; without it, who sits at the terminal is asked. */
  readonly passwordFile: string | undefined;
  /** How many calls there may be; more than a client's default get a connection each. */
  readonly callsAtOnce: number;
  /** Aborts when nobody should be asked any more. */
  readonly signal: AbortSignal;
  /** Told when answers cannot be trusted further than the network itself. */
  readonly warn: (message: string) => void;
}

/**
 * Connects to `network`.
 * @throws SandpoolError IDENTITY_NOT_FOUND, IDENTITY_INVALID, IDENTITY_UNUSABLE, MANIFEST_INVALID and
 *   MANIFEST_UNREADABLE for the identity; NETWORK_UNREACHABLE, NETWORK_FAILED when the root key cannot be fetched;
 *   CANCELLED
 */
export async function connect(network: ConnectedNetwork, options: ConnectOptions): Promise<CanisterClient> {
  const { identity, callsAtOnce, warn } = options;
  leaveParserUnoptimised();
  requireFilled('--identity', 'an identity of icp-cli, or the path of a PEM file', identity);
  requireFilled('--identity-password-file', 'the path of a file', options.passwordFile);
  const signer = await chooseIdentity(identity, { password: passwordSource(options) });
  const { rootKey, apiUrl: url } = network;
  if (rootKey.kind === 'fetch') {
    warn(`the root key is fetched from ${shownUrl(url)}, unverified: whoever answers there is believed`);
  }
  return createCanisterClient({
    url,
    rootKey: clientRootKey(rootKey),
    identity: signer,
    connections: Math.max(CLIENT_DEFAULTS.connections, callsAtOnce),
  });
}

function passwordSource({ passwordFile, signal }: ConnectOptions): PasswordSource {
  if (passwordFile !== undefined) return { passwordFile };
  return {
    askPassword: async (request) => {
      const { askPassword } = await import('./password-prompt.js');
      return askPassword(request, signal);
    },
  };
}

function requireFilled(option: string, bound: string, value: string | undefined): void {
  if (value === '') throw new SandpoolError('INVALID_OPTION', { option, bound, value: 'empty' });
}
