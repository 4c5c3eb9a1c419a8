// Identities: who signs the calls. A private key stays inside the platform's key object; it is never a
// property of anything, and nothing here prints it.
import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import {
  AnonymousIdentity,
  type Identity,
  type PublicKey,
  type Signature,
  SignIdentity,
} from '@icp-sdk/core/agent';
import { SandpoolError } from '../../bridge/errors.js';
import { type KeyKind, KeyProblem, type PrivateKey, readPrivateKey } from './private-key.js';

/** Where an identity comes from. */
export type IdentitySource = 'anonymous' | { readonly pemFile: string };

// What stands before the public key in its DER form, SubjectPublicKeyInfo. Points are always uncompressed:
// principals are hashes of exactly these bytes.
const DER_HEADERS: Readonly<Record<KeyKind, string>> = {
  ed25519: '302a300506032b6570032100',
  secp256k1: '3056301006072a8648ce3d020106052b8104000a034200',
  'P-256': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
};
const UNCOMPRESSED_POINT = 4;
const COORDINATE_BYTES = 32;
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * The identity that signs: nobody's, or the one whose private key is in a PEM file (ed25519, secp256k1 or
 * P-256, as PKCS#8 or SEC1, without a password).
 *
 * @throws IDENTITY_INVALID
 */
export async function loadIdentity(source: IdentitySource): Promise<Identity> {
  if (source === 'anonymous') return new AnonymousIdentity();
  const { pemFile } = source;
  let pem: string;
  try {
    pem = await readFile(pemFile, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw invalid(pemFile, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`);
  }
  return identityFromPem(pem, pemFile);
}

/** The identity whose private key is in `pem`; `name` is for errors. @throws IDENTITY_INVALID */
export function identityFromPem(pem: string, name: string): SignIdentity {
  try {
    return new KeyIdentity(readPrivateKey(pem));
  } catch (error) {
    if (error instanceof KeyProblem) throw invalid(name, error.message);
    throw error;
  }
}

class KeyIdentity extends SignIdentity {
  readonly #kind: KeyKind;
  readonly #key: KeyObject;
  readonly #publicKey: PublicKey;

  constructor({ kind, key }: PrivateKey) {
    super();
    this.#kind = kind;
    this.#key = key;
    const der = publicKeyDer(kind, key);
    this.#publicKey = Object.freeze({ toDer: () => der });
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

function publicKeyDer(kind: KeyKind, key: KeyObject): Uint8Array<ArrayBuffer> {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  const coordinates = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const point = kind === 'ed25519' ? coordinates : [Buffer.of(UNCOMPRESSED_POINT), ...coordinates];
  return new Uint8Array(Buffer.concat([Buffer.from(DER_HEADERS[kind], 'hex'), ...point]));
}

function invalid(identity: string, reason: string): SandpoolError {
  return new SandpoolError('IDENTITY_INVALID', { identity, reason });
}
