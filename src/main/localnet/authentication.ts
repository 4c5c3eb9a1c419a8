// Who sent a request, and whether it is still in time: the envelope's signature, its chain of delegations
// and its expiry.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Principal } from '@icp-sdk/core/principal';
import type { Envelope, SignedDelegation } from './envelope.js';
import { hashOfMap, withDomain } from './hashing.js';
import { Refusal } from './refusal.js';

const NANOSECONDS_PER_MS = 1_000_000n;
const MAX_INGRESS_TTL_MS = 300_000;
const PERMITTED_DRIFT_MS = 60_000;
const ANONYMOUS = Principal.anonymous().toText();
const MAX_CACHED_KEYS = 1_000;
const KEY_TYPES: ReadonlySet<string | undefined> = new Set(['ed25519', 'ec']);
const CURVES: ReadonlySet<string | undefined> = new Set(['prime256v1', 'secp256k1']);

/**
 * Checks that `envelope` has not expired and expires soon enough.
 * @throws Refusal (400); clients know its text by the words "Invalid request expiry"
 */
export function checkExpiry(envelope: Envelope, nowMs: number): void {
  const earliest = BigInt(nowMs) * NANOSECONDS_PER_MS;
  const latest = BigInt(nowMs + MAX_INGRESS_TTL_MS + PERMITTED_DRIFT_MS) * NANOSECONDS_PER_MS;
  const provided = envelope.ingressExpiryNs;
  if (provided <= earliest || provided > latest) {
    throw new Refusal(
      400,
      'Invalid request expiry: Specified ingress_expiry not within expected range: ' +
        `Minimum allowed expiry: ${earliest}, Maximum allowed expiry: ${latest}, Provided expiry: ${provided}`,
    );
  }
}

/**
 * Checks that `envelope` was signed by its sender; an anonymous one must not be signed. Keys may be
 * ed25519, ECDSA on P-256 or ECDSA on secp256k1, in DER; signatures are 64 bytes.
 * @throws Refusal (400)
 */
export function authenticate(envelope: Envelope, nowMs: number): void {
  const { sender, senderPublicKeyDer: publicKeyDer, senderSignature: signature } = envelope;
  if (sender.toText() === ANONYMOUS) {
    if (publicKeyDer !== undefined || signature !== undefined || envelope.senderDelegations.length > 0) {
      throw unauthentic('an anonymous request must not be signed');
    }
    return;
  }
  if (publicKeyDer === undefined || signature === undefined) {
    throw unauthentic('sender_pubkey and sender_sig are missing');
  }
  if (Principal.selfAuthenticating(publicKeyDer).compareTo(sender) !== 'eq') {
    throw unauthentic(`the public key does not belong to the sender ${sender.toText()}`);
  }
  let signer = publicKeyDer;
  const signers = new Set<string>();
  for (const delegation of envelope.senderDelegations) {
    signers.add(keyOf(signer));
    if (signers.has(keyOf(delegation.publicKeyDer))) throw unauthentic('the delegations contain a cycle');
    checkDelegation(delegation, envelope, nowMs);
    const message = withDomain('ic-request-auth-delegation', hashOfMap(delegation.fields));
    if (!isSignedBy(signer, message, delegation.signature)) {
      throw unauthentic('the signature of a delegation is wrong');
    }
    signer = delegation.publicKeyDer;
  }
  if (!isSignedBy(signer, withDomain('ic-request', envelope.requestId), signature)) {
    throw unauthentic('the signature of the request is wrong');
  }
}

function checkDelegation(delegation: SignedDelegation, envelope: Envelope, nowMs: number): void {
  if (delegation.expirationNs <= BigInt(nowMs) * NANOSECONDS_PER_MS) {
    throw unauthentic(`a delegation has expired: at ${delegation.expirationNs}`);
  }
  const { content } = envelope;
  if (delegation.permissions === 'queries' && content.requestType === 'call') {
    throw unauthentic('a delegation is for queries only');
  }
  // Which requests a read_state may ask about depends on its paths.
  if (content.requestType === 'read_state') return;
  const canisterId = content.canisterId.toText();
  if (!isFor(delegation, canisterId)) throw unauthentic(`a delegation is not for canister ${canisterId}`);
}

/** Whether the sender's delegations, if there are any, are all for a canister. */
export function isWithinTargets({ senderDelegations }: Envelope, canisterId: string): boolean {
  return senderDelegations.every((delegation) => isFor(delegation, canisterId));
}

function isFor({ targets }: SignedDelegation, canisterId: string): boolean {
  return targets === undefined || targets.some((target) => target.toText() === canisterId);
}

function unauthentic(reason: string): Refusal {
  return new Refusal(400, `Failed to authenticate request: ${reason}`);
}

// Reading a key takes longer than checking a signature with it.
const keys = new Map<string, KeyObject>();

function isSignedBy(publicKeyDer: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const key = readKey(publicKeyDer);
  return key.asymmetricKeyType === 'ed25519'
    ? verify(null, message, key, signature)
    : verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function keyOf(publicKeyDer: Uint8Array): string {
  return Buffer.from(publicKeyDer).toString('latin1');
}

function readKey(publicKeyDer: Uint8Array): KeyObject {
  const id = keyOf(publicKeyDer);
  const known = keys.get(id);
  if (known !== undefined) return known;
  const key = parseKey(publicKeyDer);
  if (keys.size >= MAX_CACHED_KEYS) keys.clear();
  keys.set(id, key);
  return key;
}

function parseKey(publicKeyDer: Uint8Array): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: Buffer.from(publicKeyDer), format: 'der', type: 'spki' });
  } catch {
    throw unauthentic('the public key is in no form that this network reads');
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (!KEY_TYPES.has(key.asymmetricKeyType) || (key.asymmetricKeyType === 'ec' && !CURVES.has(curve))) {
    throw unauthentic(`keys of type ${curve ?? key.asymmetricKeyType} are not accepted`);
  }
  return key;
}
