// Checking BLS signatures of the kind that certificates carry: BLS12-381, signatures in G1 (48 bytes), keys
// in G2 (96 bytes). One function, so that where it runs can change without anyone noticing.
import { hash } from 'node:crypto';
import mcl from 'mcl-wasm';

/** Whether `signature` is the signature of `message` under `publicKey`. Anything malformed is `false`. */
export type BlsVerify = (
  publicKey: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
) => Promise<boolean>;

const PUBLIC_KEY_BYTES = 96;
const SIGNATURE_BYTES = 48;
const SIGNATURE_DOMAIN = Buffer.from('BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_');
const G2_GENERATOR =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';
/** A network has two keys that matter here: the root's and, under it, the subnet's. */
const PREPARED_KEYS = 16;
const SHA256_BYTES = 32;
const SHA256_BLOCK_BYTES = 64;
const UNIFORM_BYTES = 64;

type PreparedG2 = InstanceType<typeof mcl.PrecomputedG2>;

let loading: Promise<void> | undefined;
let preparedGenerator: PreparedG2 | undefined;
/** Keys that have been checked and prepared for pairing, by their bytes in hex. The library frees nothing by itself. */
const preparedKeys = new Map<string, PreparedG2>();
/** Where what is prepared lies. */
let memory: ReturnType<typeof mcl.getMemory> | undefined;

/** {@link BlsVerify} on this thread: about 5 ms of computing. */
export const verifyBls: BlsVerify = async (publicKey, signature, message) => {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  await loadBls();
  // The library is one instance for the whole process with process-wide switches. Setting them before each
  // use costs nothing, and then no other user of it can turn the subgroup checks off.
  mcl.setETHserialization(true);
  mcl.setMapToMode(mcl.IRTF);
  mcl.verifyOrderG1(true);
  mcl.verifyOrderG2(true);
  forgetOtherMemory();
  const point = signaturePoint(signature);
  const key = preparedKey(publicKey);
  if (point === undefined || key === undefined) return false;
  preparedGenerator ??= new mcl.PrecomputedG2(mcl.deserializeHexStrToG2(G2_GENERATOR));
  const pairing = mcl.precomputedMillerLoop2(mcl.neg(point), preparedGenerator, hashToG1(message), key);
  return mcl.finalExp(pairing).isOne();
};

// Whoever else uses the library may load it once more. It then starts with a memory of its own, in which what
// was prepared before does not exist.
function forgetOtherMemory(): void {
  const current = mcl.getMemory();
  if (current === memory) return;
  memory = current;
  preparedGenerator = undefined;
  preparedKeys.clear();
}

function signaturePoint(signature: Uint8Array): InstanceType<typeof mcl.G1> | undefined {
  const point = new mcl.G1();
  try {
    point.deserialize(signature);
  } catch {
    return undefined; // Not a point of the curve, or outside the right subgroup.
  }
  return point.isZero() ? undefined : point;
}

function preparedKey(publicKey: Uint8Array): PreparedG2 | undefined {
  const name = Buffer.from(publicKey).toString('hex');
  const known = preparedKeys.get(name);
  if (known !== undefined) return known;
  const point = new mcl.G2();
  try {
    point.deserialize(publicKey);
  } catch {
    return undefined; // As above.
  }
  if (point.isZero()) return undefined;
  const prepared = new mcl.PrecomputedG2(point);
  preparedKeys.set(name, prepared);
  for (const [oldest, key] of preparedKeys) {
    if (preparedKeys.size <= PREPARED_KEYS) break;
    preparedKeys.delete(oldest);
    key.destroy();
  }
  return prepared;
}

async function load(): Promise<void> {
  if (mcl.curveType !== mcl.BLS12_381) await mcl.init(mcl.BLS12_381);
}

/** Loads the library, once: a tenth of a second. */
export function loadBls(): Promise<void> {
  loading ??= load();
  return loading;
}

// RFC 9380, hash_to_curve for the suite BLS12381G1_XMD:SHA-256_SSWU_RO_. Spelt out because the library's own
// uses another domain.
function hashToG1(message: Uint8Array): ReturnType<typeof mapToG1> {
  const uniform = expandMessage(message, 2 * UNIFORM_BYTES);
  return mcl.add(mapToG1(uniform.subarray(0, UNIFORM_BYTES)), mapToG1(uniform.subarray(UNIFORM_BYTES)));
}

function mapToG1(uniform: Uint8Array) {
  const element = new mcl.Fp();
  element.setBigEndianMod(uniform);
  return element.mapToG1();
}

// RFC 9380, section 5.3.1: expand_message_xmd.
function expandMessage(message: Uint8Array, lengthBytes: number): Uint8Array {
  const domain = Buffer.concat([SIGNATURE_DOMAIN, Buffer.of(SIGNATURE_DOMAIN.length)]);
  const length = Buffer.of(lengthBytes >> 8, lengthBytes & 0xff, 0);
  const first = sha256(Buffer.alloc(SHA256_BLOCK_BYTES), message, length, domain);
  let block = Buffer.alloc(SHA256_BYTES);
  const blocks: Buffer[] = [];
  for (let index = 1; index <= lengthBytes / SHA256_BYTES; index += 1) {
    const mixed = Buffer.from(first.map((byte, at) => byte ^ (block[at] ?? 0)));
    block = sha256(mixed, Buffer.of(index), domain);
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

function sha256(...parts: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  return Buffer.from(hash('sha256', Buffer.concat(parts), 'buffer'));
}
