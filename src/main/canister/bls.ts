// Checking BLS signatures of the kind that certificates carry: BLS12-381, signatures in G1 (48 bytes), keys
// in G2 (96 bytes).
import { randomBytes } from 'node:crypto';
import mcl from 'mcl-wasm';
import { hashToG1 } from './hash-to-curve.js';

/** Whether `signature` is the signature of `message` under `publicKey`. Anything malformed is `false`. */
export type BlsVerify = (
  publicKey: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
) => Promise<boolean>;

/** A signature to check. */
export interface BlsQuestion {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

type PreparedG2 = InstanceType<typeof mcl.PrecomputedG2>;
type G1 = InstanceType<typeof mcl.G1>;

/** A question whose bytes are what they should be. */
interface Claim {
  readonly signature: G1;
  readonly message: G1;
  readonly key: PreparedG2;
}

const PUBLIC_KEY_BYTES = 96;
const SIGNATURE_BYTES = 48;
const G2_GENERATOR =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8';
/** A network has two keys that matter here: the root's and, under it, the subnet's. */
const PREPARED_KEYS = 16;
/** A bad signature passes as part of many with a chance of one in 2 to the power of this many bits. */
const COEFFICIENT_BYTES = 16;

let loading: Promise<void> | undefined;
let preparedGenerator: PreparedG2 | undefined;
/** Keys that have been checked and prepared for pairing, by their bytes in hex. The library frees nothing by itself. */
const preparedKeys = new Map<string, PreparedG2>();
/** Where what is prepared lies. */
let memory: ReturnType<typeof mcl.getMemory> | undefined;

/**
 * Whether each is good, on this thread: 4 ms for all of one key together, and 1 ms for each. Only when there is a bad
 * one among them, each is looked at by itself.
 */
export async function verifyBlsTogether(questions: readonly BlsQuestion[]): Promise<boolean[]> {
  await loadBls();
  // The library is one instance for the whole process with process-wide switches. Setting them before each
  // use costs nothing, and then no other user of it can turn the subgroup checks off.
  mcl.setETHserialization(true);
  mcl.setMapToMode(mcl.IRTF);
  mcl.verifyOrderG1(true);
  mcl.verifyOrderG2(true);
  forgetOtherMemory();
  const claims = questions.map(claimOf);
  const good = new Set<Claim | undefined>(byKey(claims).flatMap(goodOnes));
  forgetOldKeys();
  return claims.map((claim) => claim !== undefined && good.has(claim));
}

function byKey(claims: readonly (Claim | undefined)[]): Claim[][] {
  const groups = new Map<PreparedG2, Claim[]>();
  for (const claim of claims) {
    if (claim !== undefined) groups.set(claim.key, [...(groups.get(claim.key) ?? []), claim]);
  }
  return [...groups.values()];
}

/** Those of the claims that hold, all of which are under one key. */
function goodOnes(claims: Claim[]): Claim[] {
  return claims.length > 1 && isGood(together(claims)) ? claims : claims.filter(isGood);
}

/** Pairings: e(signature, generator) = e(message, key). */
function isGood({ signature, message, key }: Claim): boolean {
  preparedGenerator ??= new mcl.PrecomputedG2(mcl.deserializeHexStrToG2(G2_GENERATOR));
  const pairing = mcl.precomputedMillerLoop2(mcl.neg(signature), preparedGenerator, message, key);
  return mcl.finalExp(pairing).isOne();
}

/**
 * Claims under one key as one claim, which holds when all do: the sums of signatures and of messages, each taken a
 * random number of times that who made the signatures could not know.
 */
function together(claims: readonly Claim[]): Claim {
  const [{ key }] = claims as [Claim, ...Claim[]];
  const times = claims.map(() => coefficient());
  return {
    key,
    signature: mcl.mulVec(
      claims.map(({ signature }) => signature),
      times,
    ),
    message: mcl.mulVec(
      claims.map(({ message }) => message),
      times,
    ),
  };
}

function coefficient(): InstanceType<typeof mcl.Fr> {
  const number = new mcl.Fr();
  do number.setLittleEndian(randomBytes(COEFFICIENT_BYTES));
  while (number.isZero());
  return number;
}

function claimOf({ publicKey, signature, message }: BlsQuestion): Claim | undefined {
  if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return undefined;
  const point = signaturePoint(signature);
  const key = preparedKey(publicKey);
  if (point === undefined || key === undefined) return undefined;
  return { signature: point, message: hashToG1(message), key };
}

// Whoever else uses the library may load it once more. It then starts with a memory of its own, in which what
// was prepared before does not exist.
function forgetOtherMemory(): void {
  const current = mcl.getMemory();
  if (current === memory) return;
  memory = current;
  preparedGenerator = undefined;
  preparedKeys.clear();
}

function signaturePoint(signature: Uint8Array): G1 | undefined {
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
  return prepared;
}

/** Frees what is prepared of all but the keys that were prepared last. */
function forgetOldKeys(): void {
  for (const [oldest, key] of preparedKeys) {
    if (preparedKeys.size <= PREPARED_KEYS) break;
    preparedKeys.delete(oldest);
    key.destroy();
  }
}

async function load(): Promise<void> {
  if (mcl.curveType !== mcl.BLS12_381) await mcl.init(mcl.BLS12_381);
}

/** Loads the library, once: a tenth of a second. */
export function loadBls(): Promise<void> {
  loading ??= load();
  return loading;
}
