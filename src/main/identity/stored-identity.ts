// One of icp-cli's identities, made ready to sign as icp-cli would.

import { AnonymousIdentity, type Identity, type SignIdentity } from '@icp-sdk/core/agent';
import { SandpoolError } from '../../bridge/errors.js';
import { printable } from '../project/shown-text.js';
import { DelegatedIdentity } from './delegated-identity.js';
import {
  checkDelegationChain,
  type DelegationChain,
  expiryMs,
  readDelegationChain,
} from './delegation-chain.js';
import { IdentityStore, type KeyStorage, type StoredIdentity } from './identity-store.js';
import type { KeyIdentity } from './key-identity.js';
import { KEYRING_USERS, readKeyring } from './keyring.js';
import { explained, invalid, openKey } from './open-key.js';
import type { PasswordSource } from './password.js';
import { KeyProblem } from './private-key.js';
import { readSecretFile, type Secret } from './secret.js';

/** A delegation that ends sooner is refused, as icp-cli does: a sync would lose its identity half way. */
const GRACE_MS = 2 * 60_000;

/**
 * Loads the identity that icp-cli keeps as `name` in `folder`.
 *
 * @throws IDENTITY_NOT_FOUND, IDENTITY_INVALID, IDENTITY_UNUSABLE; MANIFEST_INVALID, MANIFEST_UNREADABLE
 */
export async function loadStoredIdentity(
  name: string,
  folder: string,
  password: PasswordSource | undefined,
): Promise<Identity> {
  const store = await IdentityStore.open(folder);
  return new StoredIdentityLoader(store, name, password).load();
}

class StoredIdentityLoader {
  readonly #store: IdentityStore;
  readonly #name: string;
  /** As messages have it. */
  readonly #shown: string;
  readonly #password: PasswordSource | undefined;

  constructor(store: IdentityStore, name: string, password: PasswordSource | undefined) {
    this.#store = store;
    this.#name = name;
    this.#shown = printable(name);
    this.#password = password;
  }

  async load(): Promise<Identity> {
    const stored = this.#store.find(this.#name);
    switch (stored.kind) {
      case 'anonymous':
        return new AnonymousIdentity();
      case 'key': {
        const session = stored.encrypted ? await this.#openSession(stored.principal) : undefined;
        return session ?? this.#checked(await this.#key(stored.storage, 'key'), stored.principal);
      }
      case 'delegated':
        return this.#delegated(stored);
      case 'pending-delegation':
        throw this.#unusable(
          'nobody has delegated to it yet',
          `have a delegation signed, and give it to \`icp identity delegation use ${this.#shown}\``,
        );
      case 'hsm':
        throw this.#unusable(
          'its key is in a hardware security module, which sandpool cannot use',
          'delegate from it to a session key, with `icp identity delegation request`, `sign` and `use`, and sync with that',
        );
    }
  }

  async #delegated(stored: Extract<StoredIdentity, { kind: 'delegated' }>): Promise<Identity> {
    const file = this.#store.delegationFile(this.#name);
    const chain = await readDelegationChain(file);
    if (chain === undefined) throw invalid(this.#shown, `its chain of delegations is missing: ${file}`);
    this.#checkExpiry(chain, stored.origin);
    const session = await this.#key(stored.storage, 'session');
    try {
      return this.#checked(joined(session, chain), stored.principal);
    } catch (error) {
      throw explained(error, this.#shown, file);
    }
  }

  #checkExpiry(chain: DelegationChain, origin: 'web-auth' | 'delegation'): void {
    const endsMs = expiryMs(chain);
    const nowMs = Date.now();
    if (endsMs > nowMs + GRACE_MS) return;
    const end = new Date(endsMs).toISOString();
    throw this.#unusable(
      endsMs <= nowMs ? `its delegation expired at ${end}` : `its delegation expires at ${end}, in a moment`,
      origin === 'web-auth'
        ? `sign in again: \`icp identity reauth ${this.#shown}\``
        : 'delete it, and have a new one signed with `icp identity delegation request`, `sign` and `use`',
    );
  }

  /**
   * After a password icp-cli keeps a session of some minutes, in which it is not asked for again. That is a
   * convenience: whatever is wrong with it, the password is the answer.
   */
  async #openSession(principal: string): Promise<Identity | undefined> {
    try {
      const chain = await readDelegationChain(this.#store.delegationFile(this.#name));
      if (chain === undefined || expiryMs(chain) <= Date.now() + GRACE_MS) return undefined;
      return this.#checked(joined(await this.#key('keyring', 'session'), chain), principal);
    } catch (error) {
      if (error instanceof SandpoolError || error instanceof KeyProblem) return undefined;
      throw error;
    }
  }

  /** The private key: the identity's own, or that of its session. */
  async #key(storage: KeyStorage, use: 'key' | 'session'): Promise<KeyIdentity> {
    const origin = storage === 'file' ? this.#store.keyFile(this.#name) : 'its entry in the keyring';
    try {
      using pem = await this.#pem(storage, use);
      return await openKey(pem.bytes, { identity: this.#shown, origin, password: this.#password });
    } catch (error) {
      throw explained(error, this.#shown, origin);
    }
  }

  #pem(storage: KeyStorage, use: 'key' | 'session'): Promise<Secret> {
    return storage === 'file'
      ? readSecretFile(this.#store.keyFile(this.#name))
      : readKeyring(KEYRING_USERS[use](this.#name), this.#shown);
  }

  /** Whoever reads the list believes what it says; a key that was changed underneath must not go unnoticed. */
  #checked(identity: SignIdentity, principal: string): Identity {
    const actual = identity.getPrincipal().toText();
    if (actual === principal) return identity;
    const said = printable(principal);
    throw invalid(this.#shown, `its key is that of ${actual}, but icp-cli's list of identities says ${said}`);
  }

  #unusable(reason: string, remedy: string): SandpoolError {
    return new SandpoolError('IDENTITY_UNUSABLE', { identity: this.#shown, reason, remedy });
  }
}

/** @throws KeyProblem */
function joined(session: KeyIdentity, chain: DelegationChain): DelegatedIdentity {
  checkDelegationChain(chain, new Uint8Array(session.getPublicKey().toDer()));
  return new DelegatedIdentity(session, chain);
}
