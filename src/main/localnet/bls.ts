// BLS signatures of the kind that certificates carry: BLS12-381, signatures in G1 (48 bytes), keys in G2
// (96 bytes). Only signing is here; whoever checks a certificate has code of its own.
import { hash } from 'node:crypto';
import mcl from 'mcl-wasm';
import { sha256 } from './hashing.js';

const SIGNATURE_DOMAIN = Buffer.from('BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_');
const G2_GENERATOR =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';
const DER_PREFIX = Buffer.from(
  '308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100',
  'hex',
);
const SHA256_BYTES = 32;
const SHA256_BLOCK_BYTES = 64;
const FIELD_ELEMENT_BYTES = 64;

let ready: Promise<void> | undefined;

/** Loads the curve; to be awaited once before anything else here. */
export function loadBls(): Promise<void> {
  ready ??= mcl.init(mcl.BLS12_381).then(() => {
    mcl.setETHserialization(true);
    mcl.setMapToMode(mcl.IRTF);
    mcl.verifyOrderG1(true);
    mcl.verifyOrderG2(true);
  });
  return ready;
}

/** A key pair that signs certificates. */
export interface BlsKey {
  /** The public key in DER: a fixed prefix of 37 bytes and the 96-byte key. */
  readonly publicKeyDer: Uint8Array;
  /** The 48-byte signature of `message`; takes about 0.6 ms. */
  sign(message: Uint8Array): Uint8Array;
}

/** The key pair that follows from `seed`: equal seeds give equal keys. {@link loadBls} must have finished. */
export function blsKeyFromSeed(seed: string): BlsKey {
  const secret = new mcl.Fr();
  secret.setBigEndianMod(hash('sha512', seed, 'buffer'));
  const publicKey = mcl.mul(mcl.deserializeHexStrToG2(G2_GENERATOR), secret);
  return {
    publicKeyDer: Buffer.concat([DER_PREFIX, publicKey.serialize()]),
    sign: (message) => mcl.mul(hashToG1(message), secret).serialize(),
  };
}

// RFC 9380, hash_to_curve for the suite BLS12381G1_XMD:SHA-256_SSWU_RO_. Spelt out rather than
// configured in the library, whose domain is one setting for the whole process.
function hashToG1(message: Uint8Array) {
  const uniform = expandMessage(message, 2 * FIELD_ELEMENT_BYTES);
  return mcl.add(
    mapToG1(uniform.subarray(0, FIELD_ELEMENT_BYTES)),
    mapToG1(uniform.subarray(FIELD_ELEMENT_BYTES)),
  );
}

function mapToG1(uniform: Uint8Array) {
  const element = new mcl.Fp();
  element.setBigEndianMod(uniform);
  return element.mapToG1();
}

// RFC 9380, section 5.3.1: expand_message_xmd.
function expandMessage(message: Uint8Array, lengthBytes: number): Buffer {
  const suffix = Buffer.concat([SIGNATURE_DOMAIN, Buffer.from([SIGNATURE_DOMAIN.length])]);
  const length = Buffer.from([lengthBytes >> 8, lengthBytes & 0xff, 0]);
  const first = sha256(Buffer.concat([Buffer.alloc(SHA256_BLOCK_BYTES), message, length, suffix]));
  const blocks: Buffer[] = [];
  let previous: Buffer = Buffer.alloc(SHA256_BYTES);
  for (let counter = 1; counter <= lengthBytes / SHA256_BYTES; counter += 1) {
    const mixed = first.map((byte, index) => byte ^ (previous[index] ?? 0));
    previous = sha256(Buffer.concat([mixed, Buffer.from([counter]), suffix]));
    blocks.push(previous);
  }
  return Buffer.concat(blocks);
}
