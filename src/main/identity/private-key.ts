// Private keys in the forms that tools of the Internet Computer write. Nothing here puts key material into an error.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Secret } from './secret.js';

/** The kinds of keys that can sign for an identity. */
export type KeyKind = 'ed25519' | 'secp256k1' | 'P-256';

/** A private key that can be used. */
export interface PrivateKey {
  readonly kind: KeyKind;
  readonly key: KeyObject;
}

/** A key that cannot be used; the message says why in words that follow "the identity cannot be used:". */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';
}

const CURVES: ReadonlyMap<string, KeyKind> = new Map([
  ['secp256k1', 'secp256k1'],
  ['prime256v1', 'P-256'],
]);

/** What the labels of PEM files say is inside. Whatever else they say, the key is not one that could sign here. */
const FORMS: ReadonlyMap<string, 'pkcs8' | 'sec1' | 'pkcs1'> = new Map([
  ['PRIVATE KEY', 'pkcs8'],
  ['EC PRIVATE KEY', 'sec1'],
  ['RSA PRIVATE KEY', 'pkcs1'],
]);

/**
 * The private key in `der`: PKCS#8, or SEC1 with its parameters.
 *
 * @param label what PEM calls it, such as `PRIVATE KEY`
 * @throws KeyProblem
 */
export function readPrivateKey(label: string, der: Buffer): PrivateKey {
  const key = parse(FORMS.get(label), der) ?? parseWithPublicKey(der);
  if (key === undefined) throw new KeyProblem('its private key is malformed, or of a kind that is not known');
  const kind = kindOf(key);
  if (kind) return { kind, key };
  const found = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown';
  throw new KeyProblem(`its key is of the kind ${found}; usable are ed25519, secp256k1 and P-256`);
}

/** The kind of a private or public key, if it is one that can sign for an identity. */
export function kindOf(key: KeyObject): KeyKind | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType !== 'ec') return undefined;
  return CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? '');
}

function parse(type: 'pkcs8' | 'sec1' | 'pkcs1' | undefined, der: Buffer): KeyObject | undefined {
  if (type === undefined) return undefined;
  try {
    return createPrivateKey({ key: der, format: 'der', type });
  } catch {
    return undefined; // What was wrong with it is of no use to anyone, and must not be repeated.
  }
}

// Ed25519 keys are also written as version 2 of PKCS#8, which adds the public key and which OpenSSL refuses:
// SEQUENCE, version 1, the algorithm, the 32 bytes that matter, and then the public key in one of two forms.
const VERSION_2 = /^30(?:51|53)020101300506032b657004220420/;
const VERSION_1_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex');
const HEADER_BYTES = 16;
const SEED_BYTES = 32;

function parseWithPublicKey(der: Buffer): KeyObject | undefined {
  const isWhole = der.length === (der[1] ?? 0) + 2;
  if (!isWhole || !VERSION_2.test(der.subarray(0, HEADER_BYTES).toString('hex'))) return undefined;
  using version1 = new Secret(Buffer.alloc(HEADER_BYTES + SEED_BYTES));
  VERSION_1_HEADER.copy(version1.bytes);
  der.copy(version1.bytes, HEADER_BYTES, HEADER_BYTES, HEADER_BYTES + SEED_BYTES);
  return parse('pkcs8', version1.bytes);
}

// What stands before the public key in its DER form, SubjectPublicKeyInfo. Points are always uncompressed:
// principals are hashes of exactly these bytes.
const DER_HEADERS: Readonly<Record<KeyKind, string>> = {
  ed25519: '302a300506032b6570032100',
  secp256k1: '3056301006072a8648ce3d020106052b8104000a034200',
  'P-256': '3059301306072a8648ce3d020106082a8648ce3d030107034200',
};
const UNCOMPRESSED_POINT = 4;

/** The public key of a private one, in the form from which principals are made. */
export function publicKeyDer({ kind, key }: PrivateKey): Uint8Array<ArrayBuffer> {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  const coordinates = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  const point = kind === 'ed25519' ? coordinates : [Buffer.of(UNCOMPRESSED_POINT), ...coordinates];
  return new Uint8Array(Buffer.concat([Buffer.from(DER_HEADERS[kind], 'hex'), ...point]));
}
