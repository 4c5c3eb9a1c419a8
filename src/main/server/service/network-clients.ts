// Clients of the configured networks: one for each pair of a network and an identity, made when it is first needed.

import type { Identity } from '@icp-sdk/core/agent';
import { SandpoolError } from '../../../bridge/errors.js';
import { type CanisterClient, CLIENT_DEFAULTS, createCanisterClient } from '../../canister/index.js';

/** A network that the service reaches. */
export interface ServiceNetwork {
  /** The address of its API. */
  readonly url: string;
  readonly rootKey: 'mainnet' | 'fetch' | Uint8Array;
  readonly gatewayUrl?: string;
}

/** An identity that the service signs as. */
export interface ServiceIdentity {
  readonly identity: Identity;
  /** In text. */
  readonly principal: string;
}

/** What the service may use, by name. */
export interface Surroundings {
  readonly networks: ReadonlyMap<string, ServiceNetwork>;
  readonly identities: ReadonlyMap<string, ServiceIdentity>;
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
   * @throws SandpoolError ACCESS_DENIED for a name that is not configured, NETWORK_UNREACHABLE, NETWORK_FAILED
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
    if (reached === undefined) throw new SandpoolError('ACCESS_DENIED', { what: 'network', name: network });
    const signer = this.#surroundings.identities.get(identity);
    if (signer === undefined) throw new SandpoolError('ACCESS_DENIED', { what: 'identity', name: identity });
    return createCanisterClient({
      url: reached.url,
      rootKey: reached.rootKey,
      identity: signer.identity,
      connections: this.#connections,
    });
  }
}
