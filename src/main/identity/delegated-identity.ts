// An identity whose requests are signed by a session key, for a principal that has delegated to it.

import { inspect } from 'node:util';
import { type HttpAgentRequest, type PublicKey, type Signature, SignIdentity } from '@icp-sdk/core/agent';
import type { DelegationChain } from './delegation-chain.js';
import type { KeyIdentity } from './key-identity.js';

/** Sends the chain of delegations with every request; its principal is that of the chain's first key. */
export class DelegatedIdentity extends SignIdentity {
  readonly #session: KeyIdentity;
  readonly #chain: DelegationChain;

  constructor(session: KeyIdentity, chain: DelegationChain) {
    super();
    this.#session = session;
    this.#chain = chain;
  }

  override getPublicKey(): PublicKey {
    const der = this.#chain.publicKeyDer;
    return { toDer: () => der };
  }

  override sign(message: Uint8Array): Promise<Signature> {
    return this.#session.sign(message);
  }

  override async transformRequest(request: HttpAgentRequest): Promise<unknown> {
    const signed = (await super.transformRequest(request)) as { readonly body: object };
    return { ...signed, body: { ...signed.body, sender_delegation: this.#chain.delegations } };
  }

  [inspect.custom](): string {
    return `DelegatedIdentity { ${this.#session.kind}, ${this.getPrincipal().toText()} }`;
  }

  toJSON(): object {
    return { principal: this.getPrincipal().toText() };
  }
}
