// What a token may use of what is configured. What it may not use and what there is not are the same to it: nobody
// learns from a refusal what else the service has.

import { SandpoolError } from '../../../bridge/errors.js';
import { quoted } from '../../project/shown-text.js';
import type { ServiceConfiguration } from '../config/service-configuration.js';
import type { Token } from '../store/tokens.js';

/** What can be granted. */
export type Grantable = Pick<ServiceConfiguration, 'identities' | 'networks' | 'canisters'>;

/** The lists of a token: the names it is bound to; without a list, any. */
export type Bindings = Pick<Token, 'identities' | 'networks' | 'canisters'>;

/** What a run would use. */
export interface WantedAccess {
  readonly identity?: string;
  readonly network?: string;
  /** Principals in text: the run's own, the proxy, and all that it may call. */
  readonly canisters?: Iterable<string>;
}

/** How many names a refusal has at most. */
const MOST_NAMED = 8;

/** What one token may use. Names that the configuration no longer has count for nothing. */
export class Grant {
  readonly #bindings: Bindings;
  readonly #configured: Grantable;

  constructor(bindings: Bindings, configured: Grantable) {
    this.#bindings = bindings;
    this.#configured = configured;
  }

  allowsIdentity(name: string): boolean {
    return this.#configured.identities.has(name) && isAmong(this.#bindings.identities, name);
  }

  allowsNetwork(name: string): boolean {
    return this.#configured.networks.has(name) && isAmong(this.#bindings.networks, name);
  }

  /** @param principal in text, in its canonical form */
  allowsCanister(principal: string): boolean {
    const lists = this.#bindings.canisters;
    if (lists === undefined) return true;
    return lists.some((list) => this.#configured.canisters.get(list)?.has(principal) === true);
  }

  /** The names it may use, in the order of the configuration. */
  get identities(): string[] {
    return [...this.#configured.identities.keys()].filter((name) => this.allowsIdentity(name));
  }

  /** The names it may use, in the order of the configuration. */
  get networks(): string[] {
    return [...this.#configured.networks.keys()].filter((name) => this.allowsNetwork(name));
  }

  /** The names of the lists it is bound to, in the order of the configuration; undefined when it may reach any canister. */
  get canisterLists(): string[] | undefined {
    const lists = this.#bindings.canisters;
    return lists && [...this.#configured.canisters.keys()].filter((name) => lists.includes(name));
  }
}

/** @throws SandpoolError ACCESS_DENIED, naming what of `wanted` the grant does not allow */
export function requireGrant(grant: Grant, { identity, network, canisters = [] }: WantedAccess): void {
  const denied = new Set<string>();
  if (identity !== undefined && !grant.allowsIdentity(identity))
    denied.add(`the identity ${quoted(identity)}`);
  if (network !== undefined && !grant.allowsNetwork(network)) denied.add(`the network ${quoted(network)}`);
  for (const principal of canisters) {
    if (!grant.allowsCanister(principal)) denied.add(`the canister ${quoted(principal)}`);
  }
  if (denied.size === 0) return;
  const named = [...denied].slice(0, MOST_NAMED).join(', ');
  const further = denied.size > MOST_NAMED ? ` and ${denied.size - MOST_NAMED} more` : '';
  throw new SandpoolError('ACCESS_DENIED', { subjects: named + further });
}

function isAmong(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.includes(name);
}
