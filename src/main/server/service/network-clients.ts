// Clients of the configured networks: one for each pair of a network and an identity, made when it is first needed.

import { SandpoolError } from '../../../bridge/errors.js';
import { type CanisterClient, CLIENT_DEFAULTS, createCanisterClient } from '../../canister/index.js';
import { clientRootKey } from '../../project/root-key.js';
import type { ConfiguredNetwork, OpenIdentity } from '../config/index.js';

/** What the service may use, by name. */
export interface Surroundings {
  readonly networks: ReadonlyMap<string, ConfiguredNetwork>;
  readonly identities: ReadonlyMap<string, OpenIdentity>;
}

/** The clients of a service. */
export class NetworkClients {
  readonly #surroundings: Surroundings;
  readonly #connections: number;
  readonly #clients = new Map<string, Promise<CanisterClient>>();

  /** @param callsAtOnce how many calls there may be; more than a client's default get a connection each */
  constructor(surroundings: Surroundings, callsAtOnce: number) {
    this.#surroundings = surroundings;
    this.#connections = Math.max(CLIENT_DEFAULTS.connections, callsAtOnce);
  }

  /**
   * The client of a network as an identity. One that could not be made is tried anew the next time.
   * @throws SandpoolError NETWORK_UNREACHABLE, NETWORK_FAILED
   */
  get(network: string, identity: string): Promise<CanisterClient> {
    const key = JSON.stringify([network, identity]);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client = this.#connect(network, identity);
    this.#clients.set(key, client);
    client.catch(() => this.#clients.delete(key));
    return client;
  }

  async close(): Promise<void> {
    const clients = await Promise.allSettled([...this.#clients.values()]);
    this.#clients.clear();
    await Promise.all(
      clients.map((client) => (client.status === 'fulfilled' ? client.value.close() : undefined)),
    );
  }

  async #connect(network: string, identity: string): Promise<CanisterClient> {
    const reached = this.#surroundings.networks.get(network);
    const signer = this.#surroundings.identities.get(identity);
    // A run is checked against the configuration before it gets here.
    if (reached === undefined || signer === undefined) {
      throw new SandpoolError('INTERNAL', { reason: `nothing is configured for ${network} and ${identity}` });
    }
    const { url, rootKey } = reached;
    return createCanisterClient({
      url,
      rootKey: clientRootKey(rootKey),
      identity: signer.identity,
      connections: this.#connections,
    });
  }
}
