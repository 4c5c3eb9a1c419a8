// A client of a plan's network, as the identity that the command line names.

import { SandpoolError } from '../../bridge/errors.js';
import {
  type CanisterClient,
  CLIENT_DEFAULTS,
  createCanisterClient,
  loadIdentity,
} from '../canister/index.js';
import type { ConnectedNetwork } from '../project/project-model.js';

/**
 * Connects to `network`.
 * @param identity `anonymous`, or the path of a PEM file
 * @param callsAtOnce how many there may be; more than a client's default get a connection each
 * @param warn told when answers cannot be trusted further than the network itself
 * @throws SandpoolError IDENTITY_INVALID; NETWORK_UNREACHABLE, NETWORK_FAILED when the root key cannot be fetched
 */
export async function connect(
  network: ConnectedNetwork,
  identity: string,
  callsAtOnce: number,
  warn: (message: string) => void,
): Promise<CanisterClient> {
  if (identity === '') {
    throw new SandpoolError('INVALID_OPTION', {
      option: '--identity',
      bound: 'anonymous, or the path of a PEM file',
      value: 'empty',
    });
  }
  const signer = await loadIdentity(identity === 'anonymous' ? identity : { pemFile: identity });
  const { rootKey, apiUrl: url } = network;
  if (rootKey.kind === 'fetch') {
    warn(`the root key is fetched from ${url}, unverified: whoever answers there is believed`);
  }
  return createCanisterClient({
    url,
    rootKey: rootKey.kind === 'pinned' ? Buffer.from(rootKey.hex, 'hex') : rootKey.kind,
    identity: signer,
    connections: Math.max(CLIENT_DEFAULTS.connections, callsAtOnce),
  });
}
