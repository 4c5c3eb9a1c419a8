// An identity that is a key. The key stays inside the platform's key object; it is never a property of anything, and
// nothing here prints it.
import { type KeyObject, sign } from 'node:crypto';
import { inspect } from 'node:util';
import { type PublicKey, type Signature, SignIdentity } from '@icp-sdk/core/agent';
import { type KeyKind, type PrivateKey, publicKeyDer } from './private-key.js';

const COORDINATE_BYTES = 32;
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Signs with a private key; its principal is that of the public one. */
export class KeyIdentity extends SignIdentity {
  readonly #kind: KeyKind;
  readonly #key: KeyObject;
  readonly #publicKey: PublicKey;

  constructor(privateKey: PrivateKey) {
    super();
    this.#kind = privateKey.kind;
    this.#key = privateKey.key;
    const der = publicKeyDer(privateKey);
    this.#publicKey = Object.freeze({ toDer: () => der });
  }

  get kind(): KeyKind {
    return this.#kind;
  }

  override getPublicKey(): PublicKey {
    return this.#publicKey;
  }

  // Both curves take the hash of the message and give the two numbers of 32 bytes each, without DER.
  // https://internetcomputer.org/docs/references/ic-interface-spec#ecdsa
  override async sign(message: Uint8Array): Promise<Signature> {
    if (this.#kind === 'ed25519') return new Uint8Array(sign(null, message, this.#key)) as Signature;
    const signature = sign('sha256', message, { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return new Uint8Array(this.#kind === 'secp256k1' ? withLowS(signature) : signature) as Signature;
  }

  [inspect.custom](): string {
    return `KeyIdentity { ${this.#kind}, ${this.getPrincipal().toText()} }`;
  }

  toJSON(): object {
    return { principal: this.getPrincipal().toText() };
  }
}

// (r, s) and (r, order - s) are both signatures of the same message. For secp256k1 only the lower s counts as
// canonical, and verifiers may refuse the other.
function withLowS(signature: Uint8Array): Uint8Array {
  const s = BigInt(`0x${Buffer.from(signature.subarray(COORDINATE_BYTES)).toString('hex')}`);
  if (s <= SECP256K1_ORDER / 2n) return signature;
  const low = (SECP256K1_ORDER - s).toString(16).padStart(2 * COORDINATE_BYTES, '0');
  return Buffer.concat([signature.subarray(0, COORDINATE_BYTES), Buffer.from(low, 'hex')]);
}
