// Chains of delegations: who lets a session key sign, for how long, and for which canisters. Read from icp-cli's
// files, and checked as far as this machine can before the network does.
// https://internetcomputer.org/docs/references/ic-interface-spec#authentication

import { createPublicKey, verify } from 'node:crypto';
import { hashOfMap } from '../canister/representation-hash.js';
import type { ManifestValue } from '../project/manifest-document.js';
import { given } from '../project/manifest-document.js';
import { DER, DerReader } from './der.js';
import { KeyProblem, kindOf } from './private-key.js';
import { member, members, readStoreFile } from './store-file.js';

/** A delegation, with the names that a request gives its parts. */
export interface SignedDelegation {
  readonly delegation: {
    readonly pubkey: Uint8Array;
    /** Nanoseconds since 1970. */
    readonly expiration: bigint;
    /** The canisters it is for; all when left out. */
    readonly targets?: readonly Uint8Array[];
  };
  readonly signature: Uint8Array;
}

/** From the key whose principal counts to that of the session, each signing for the next. */
export interface DelegationChain {
  readonly publicKeyDer: Uint8Array<ArrayBuffer>;
  readonly delegations: readonly SignedDelegation[];
}

/** What the network allows. */
const MOST_DELEGATIONS = 20;
const MOST_TARGETS = 1_000;
const MOST_PRINCIPAL_BYTES = 29;

const DOMAIN = Buffer.from('\x1Aic-request-auth-delegation', 'latin1');
/** Keys of canisters. What they sign only a network's root key can prove, which the network itself checks. */
const CANISTER_SIGNATURE = '2b0601040183b8430102';

/**
 * Reads a chain from its file.
 *
 * @returns undefined when there is no such file
 * @throws MANIFEST_INVALID, MANIFEST_UNREADABLE
 */
export async function readDelegationChain(path: string): Promise<DelegationChain | undefined> {
  const file = await readStoreFile(path);
  if (file === undefined) return undefined;
  const list = member(file, 'delegations');
  const delegations = list.list().map(readDelegation);
  if (delegations.length === 0 || delegations.length > MOST_DELEGATIONS) {
    throw list.problem(
      `a chain has 1 to ${MOST_DELEGATIONS} delegations, but this has ${delegations.length}`,
    );
  }
  return { publicKeyDer: bytesOf(member(file, 'publicKey')), delegations };
}

function readDelegation(value: ManifestValue): SignedDelegation {
  const delegation = member(value, 'delegation');
  const expiration = member(delegation, 'expiration');
  const digits = expiration.text();
  if (!/^[0-9a-f]{1,16}$/i.test(digits)) {
    throw expiration.problem('an expiration must be nanoseconds since 1970, in up to 16 hexadecimal digits');
  }
  const targets = given(members(delegation).get('targets'));
  return {
    delegation: {
      pubkey: bytesOf(member(delegation, 'pubkey')),
      expiration: BigInt(`0x${digits}`),
      ...(targets === undefined ? {} : { targets: readTargets(targets) }),
    },
    signature: bytesOf(member(value, 'signature')),
  };
}

function readTargets(value: ManifestValue): Uint8Array[] {
  const targets = value.list();
  if (targets.length > MOST_TARGETS) throw value.problem(`there may be at most ${MOST_TARGETS} targets`);
  return targets.map((target) => {
    const bytes = bytesOf(target);
    if (bytes.length <= MOST_PRINCIPAL_BYTES) return bytes;
    throw target.problem(`a target is a principal, of at most ${MOST_PRINCIPAL_BYTES} bytes`);
  });
}

function bytesOf(value: ManifestValue): Uint8Array<ArrayBuffer> {
  const text = value.text();
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw value.problem(`${value.label} must be hexadecimal digits`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** When the first of its delegations expires, in milliseconds since 1970. */
export function expiryMs({ delegations }: DelegationChain): number {
  return Math.min(...delegations.map(({ delegation }) => Number(delegation.expiration / 1_000_000n)));
}

/**
 * Checks that every delegation was signed by the one before, and that the last is to the session's key.
 *
 * @throws KeyProblem
 */
export function checkDelegationChain(chain: DelegationChain, sessionKeyDer: Uint8Array): void {
  const seen = new Set<string>();
  let signer: Uint8Array = chain.publicKeyDer;
  for (const [index, { delegation, signature }] of chain.delegations.entries()) {
    const which = `delegation ${index + 1} of its chain`;
    seen.add(hex(signer));
    if (seen.has(hex(delegation.pubkey))) throw new KeyProblem(`${which} is to a key that has signed before`);
    const message = Buffer.concat([DOMAIN, hashOfMap(delegation)]);
    if (!isSigned(signer, message, signature, which)) {
      throw new KeyProblem(`${which} was not signed by the key it says`);
    }
    signer = delegation.pubkey;
  }
  if (hex(signer) !== hex(sessionKeyDer)) {
    throw new KeyProblem('its chain of delegations is to another session key than it has');
  }
}

function isSigned(signer: Uint8Array, message: Buffer, signature: Uint8Array, which: string): boolean {
  if (algorithmOf(signer) === CANISTER_SIGNATURE) return true;
  try {
    const key = createPublicKey({ key: Buffer.from(signer), format: 'der', type: 'spki' });
    const kind = kindOf(key);
    if (kind === 'ed25519') return verify(null, message, key, signature);
    if (kind !== undefined) return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // No key at all, or a signature that cannot be one: said below, or by the answer.
    return false;
  }
  throw new KeyProblem(`${which} was signed by a key of a kind that is not known`);
}

function algorithmOf(publicKeyDer: Uint8Array): string | undefined {
  try {
    const key = new DerReader(Buffer.from(publicKeyDer)).sequence();
    return key.nextTag === DER.sequence ? key.sequence().oid() : undefined;
  } catch {
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
