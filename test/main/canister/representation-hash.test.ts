import { hashOfMap as otherImplementation } from '@icp-sdk/core/agent';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Hashable, hashOfMap } from '#src/main/canister/representation-hash.js';

const scalar = fc.oneof(
  fc.string(),
  fc.nat(),
  fc.bigInt({ min: 0n, max: 2n ** 64n }),
  fc.uint8Array({ maxLength: 300 }),
);
const value = fc.oneof(scalar, fc.array(scalar), fc.dictionary(fc.string(), scalar));

it('hashes maps as the agent package does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), (map) => {
      const hash = hashOfMap(map as Record<string, Hashable>);
      expect(hash.toString('hex')).toBe(Buffer.from(otherImplementation(map)).toString('hex'));
    }),
  );
});

it('leaves out members that are undefined', () => {
  expect(hashOfMap({ a: 1, error_code: undefined })).toEqual(hashOfMap({ a: 1 }));
});
