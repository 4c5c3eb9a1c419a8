// Reading a private key from PEM, in the forms that tools of the Internet Computer write. Nothing here puts
// key material into an error.
import { createPrivateKey, type KeyObject } from 'node:crypto';

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
const PEM_BLOCK = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \1-----/s;

/**
 * The private key in `pem`: PKCS#8, or SEC1 with or without its parameters.
 *
 * @throws KeyProblem
 */
export function readPrivateKey(pem: string): PrivateKey {
  const [, label, base64] = PEM_BLOCK.exec(pem) ?? [];
  if (label === undefined || base64 === undefined) throw new KeyProblem('it holds no private key in PEM');
  if (label === 'ENCRYPTED PRIVATE KEY' || base64.includes('ENCRYPTED')) {
    throw new KeyProblem('its key is encrypted with a password; decrypt it first');
  }
  const key = parse(pem) ?? parseWithPublicKey(base64);
  if (key === undefined) throw new KeyProblem('its private key is malformed, or of a kind that is not known');
  const kind = kindOf(key);
  if (kind) return { kind, key };
  const found = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown';
  throw new KeyProblem(`its key is of the kind ${found}; usable are ed25519, secp256k1 and P-256`);
}

function kindOf(key: KeyObject): KeyKind | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType !== 'ec') return undefined;
  return CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? '');
}

function parse(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
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

function parseWithPublicKey(base64: string): KeyObject | undefined {
  const der = Buffer.from(base64, 'base64');
  const isWhole = der.length === (der[1] ?? 0) + 2;
  if (!isWhole || !VERSION_2.test(der.subarray(0, HEADER_BYTES).toString('hex'))) return undefined;
  const seed = der.subarray(HEADER_BYTES, HEADER_BYTES + SEED_BYTES);
  const version1 = Buffer.concat([VERSION_1_HEADER, seed]);
  try {
    return createPrivateKey({ key: version1, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  } finally {
    der.fill(0);
    version1.fill(0);
  }
}
