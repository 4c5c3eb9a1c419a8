import { describe, expect, it } from 'vitest';
import type { BlsVerify } from '#src/main/canister/bls.js';
import { rememberBls } from '#src/main/canister/bls-memory.js';

const bytes = (...values: number[]) => Uint8Array.from(values);
const key = bytes(1);
const message = bytes(3);

/** Finds good what ends in 0, and counts how often it is asked. */
function counting() {
  let asked = 0;
  const verify: BlsVerify = async (_key, signature) => {
    asked += 1;
    return signature.at(-1) === 0;
  };
  return { verify, asked: () => asked };
}

describe('rememberBls', () => {
  it('asks once about a good signature', async () => {
    const { verify, asked } = counting();
    const remembering = rememberBls(verify);
    for (let count = 0; count < 3; count += 1) expect(await remembering(key, bytes(0), message)).toBe(true);
    expect(asked()).toBe(1);
  });

  it('asks every time about a bad one', async () => {
    const { verify, asked } = counting();
    const remembering = rememberBls(verify);
    for (let count = 0; count < 3; count += 1) expect(await remembering(key, bytes(9), message)).toBe(false);
    expect(asked()).toBe(3);
  });

  it('shares one answer among equal questions that are under way', async () => {
    const { verify, asked } = counting();
    const remembering = rememberBls(verify);
    const good = Array.from({ length: 5 }, () => remembering(key, bytes(0), message));
    const bad = Array.from({ length: 5 }, () => remembering(key, bytes(9), message));
    expect(await Promise.all(good)).toEqual(Array(5).fill(true));
    expect(await Promise.all(bad)).toEqual(Array(5).fill(false));
    expect(asked()).toBe(2);
  });

  it('takes no question for another', async () => {
    const { verify, asked } = counting();
    const remembering = rememberBls(verify);
    await remembering(bytes(1, 2), bytes(0), bytes(3));
    await remembering(bytes(1), bytes(2, 0), bytes(3));
    await remembering(bytes(1, 2), bytes(0), bytes(4));
    await remembering(bytes(1, 2), bytes(0, 0), bytes(3));
    expect(asked()).toBe(4);
  });

  it('does not remember a failure to find out', async () => {
    let isBroken = true;
    const remembering = rememberBls(async () => {
      if (isBroken) throw new Error('no answer');
      return true;
    });
    await expect(remembering(key, bytes(0), message)).rejects.toThrow('no answer');
    isBroken = false;
    expect(await remembering(key, bytes(0), message)).toBe(true);
  });

  it('forgets what was useful longest ago when it is full', async () => {
    const { verify, asked } = counting();
    const remembering = rememberBls(verify, 2);
    await remembering(key, bytes(1, 0), message);
    await remembering(key, bytes(2, 0), message);
    await remembering(key, bytes(1, 0), message); // useful again
    await remembering(key, bytes(3, 0), message); // drops the second
    expect(asked()).toBe(3);
    await remembering(key, bytes(1, 0), message);
    await remembering(key, bytes(3, 0), message);
    expect(asked()).toBe(3);
    await remembering(key, bytes(2, 0), message);
    expect(asked()).toBe(4);
  });
});
