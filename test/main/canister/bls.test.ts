import { blsVerify as otherImplementation } from '@icp-sdk/core/agent';
import mcl from 'mcl-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BlsQuestion, type BlsVerify, verifyBlsTogether } from '#src/main/canister/bls.js';
import { type BlsKey, blsKeyFromSeed, loadBls } from '#src/main/localnet/bls.js';

const message = Buffer.from('\x0Dic-state-root and a hash');
/** One by itself. */
const verifyBls: BlsVerify = async (publicKey, signature, message) => {
  const [isValid] = await verifyBlsTogether([{ publicKey, signature, message }]);
  return isValid === true;
};

let signer: BlsKey;
let publicKey: Uint8Array;
let signature: Uint8Array;

beforeAll(async () => {
  await loadBls();
  signer = blsKeyFromSeed('one');
  publicKey = signer.publicKeyDer.slice(37);
  signature = signer.sign(message);
});

/** Every byte with each of two of its bits flipped: all positions, without 8 pairings for each. */
function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let index = 0; index < bytes.length; index += 7) {
    const flipped = Uint8Array.from(bytes);
    flipped[index] = (flipped[index] ?? 0) ^ (1 << (index % 8));
    yield flipped;
  }
}

function parsePoint(bytes: Uint8Array): mcl.G1 {
  const point = new mcl.G1();
  mcl.verifyOrderG1(false);
  point.deserialize(bytes);
  mcl.verifyOrderG1(true);
  return point;
}

/** A point whose order divides the cofactor: added to a signature, it changes no pairing. */
function pointOfAnotherOrder(): mcl.G1 {
  const order = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
  // x = 4 gives a point of the curve that is not in the subgroup; times the subgroup's order, by hand, since
  // the library multiplies as if it were.
  const start = parsePoint(Buffer.concat([Buffer.of(0x80), Buffer.alloc(46), Buffer.of(4)]));
  let sum = new mcl.G1();
  for (const bit of order.toString(2)) {
    sum = mcl.dbl(sum);
    if (bit === '1') sum = mcl.add(sum, start);
  }
  expect(sum.isZero()).toBe(false);
  return sum;
}

describe('a signature by itself', () => {
  it('accepts what the key signed, as the other implementation does', async () => {
    expect(await otherImplementation(publicKey, signature, message)).toBe(true);
    expect(await verifyBls(publicKey, signature, message)).toBe(true);
    expect(await verifyBls(publicKey, signer.sign(Buffer.alloc(0)), Buffer.alloc(0))).toBe(true);
    const long = Buffer.alloc(100_000, 7);
    expect(await verifyBls(publicKey, signer.sign(long), long)).toBe(true);
  });

  it('refuses another key, another message and another signature', async () => {
    const other = blsKeyFromSeed('two');
    expect(await verifyBls(other.publicKeyDer.slice(37), signature, message)).toBe(false);
    expect(await verifyBls(publicKey, signature, Buffer.from('other'))).toBe(false);
    expect(await verifyBls(publicKey, other.sign(message), message)).toBe(false);
  });

  it('refuses one flipped bit anywhere', async () => {
    for (const flipped of flips(signature)) expect(await verifyBls(publicKey, flipped, message)).toBe(false);
    for (const flipped of flips(publicKey)) expect(await verifyBls(flipped, signature, message)).toBe(false);
    for (const flipped of flips(message)) expect(await verifyBls(publicKey, signature, flipped)).toBe(false);
  });

  it('refuses the point at infinity, for which every message would be signed', async () => {
    const infinity = (bytes: number) => Buffer.concat([Buffer.of(0xc0), Buffer.alloc(bytes - 1)]);
    expect(await verifyBls(infinity(96), infinity(48), message)).toBe(false);
    expect(await verifyBls(publicKey, infinity(48), message)).toBe(false);
    expect(await verifyBls(infinity(96), signature, message)).toBe(false);
  });

  it('refuses points of the curve outside the subgroup, which pairings alone do not notice', async () => {
    const malleated = mcl.add(parsePoint(signature), pointOfAnotherOrder()).serialize();
    expect(await verifyBls(publicKey, malleated, message)).toBe(false);
  });

  it('survives that another user of the library loads it again, which empties its memory', async () => {
    expect(await verifyBls(publicKey, signature, message)).toBe(true);
    await mcl.init(mcl.BLS12_381);
    expect(await verifyBls(publicKey, signature, message)).toBe(true);
    expect(await verifyBls(publicKey, signature, Buffer.from('other'))).toBe(false);
  });

  it('refuses anything of another length', async () => {
    expect(await verifyBls(publicKey, signature.slice(1), message)).toBe(false);
    expect(await verifyBls(publicKey, new Uint8Array(), message)).toBe(false);
    expect(await verifyBls(signer.publicKeyDer, signature, message)).toBe(false);
    expect(await verifyBls(Buffer.concat([publicKey, Buffer.of(0)]), signature, message)).toBe(false);
  });
});

describe('verifyBlsTogether', () => {
  const question = (text: string, key: BlsKey = signer): BlsQuestion => ({
    publicKey: key.publicKeyDer.slice(37),
    signature: key.sign(Buffer.from(text)),
    message: Buffer.from(text),
  });

  it('accepts what is good, under however many keys', async () => {
    const keys = ['one', 'two', 'three'].map(blsKeyFromSeed);
    const questions = Array.from({ length: 9 }, (_, index) => question(`message ${index}`, keys[index % 3]));
    expect(await verifyBlsTogether(questions)).toEqual(questions.map(() => true));
    expect(await verifyBlsTogether([])).toEqual([]);
  });

  it('finds the bad ones among the good', async () => {
    const questions = Array.from({ length: 8 }, (_, index) => question(`message ${index}`));
    const [first, second] = questions as [BlsQuestion, BlsQuestion];
    const answers = await verifyBlsTogether([
      ...questions,
      { ...first, message: Buffer.from('other') },
      { ...second, signature: second.signature.slice(1) },
      { ...second, publicKey: blsKeyFromSeed('two').publicKeyDer.slice(37) },
    ]);
    expect(answers).toEqual([...questions.map(() => true), false, false, false]);
  });

  it('does not let errors cancel out: two signatures exchanged, or off by opposite points', async () => {
    const [one, two] = [question('message 1'), question('message 2')];
    const exchanged = [
      { ...one, signature: two.signature },
      { ...two, signature: one.signature },
    ];
    expect(await verifyBlsTogether(exchanged)).toEqual([false, false]);
    const off = mcl.hashAndMapToG1('any point of the subgroup');
    const plus = mcl.add(parsePoint(one.signature), off).serialize();
    const minus = mcl.sub(parsePoint(two.signature), off).serialize();
    expect(
      await verifyBlsTogether([
        { ...one, signature: plus },
        { ...two, signature: minus },
      ]),
    ).toEqual([false, false]);
  });
});
