import { generateKeyPairSync } from 'node:crypto';
import { Cbor, type HashTree } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { expect, it } from 'vitest';
import type { VerifiedCertificate } from '#src/main/canister/certificate.js';
import { SubnetKeys } from '#src/main/canister/subnet-keys.js';
import { branch, leaf, witness } from '#src/main/localnet/hash-tree.js';
import { failureOf } from './support.js';

const ROOT_KEY = Buffer.alloc(133, 1);
const ROOT_SUBNET = Principal.selfAuthenticating(ROOT_KEY).toUint8Array();
const idOf = (index: number) => Principal.fromUint8Array(Uint8Array.of(0, 0, 0, index, 1, 1)).toText();
const bytesOf = (index: number) => Principal.fromText(idOf(index)).toUint8Array();
const NODE = Uint8Array.of(9, 9);
const nodeKey = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });

const range = (first: number, last: number) => Cbor.encode([[bytesOf(first), bytesOf(last)]]);
const shown = (tree: Parameters<typeof witness>[0]): HashTree =>
  witness(tree, [[Buffer.from('subnet')], [Buffer.from('canister_ranges')]]) as unknown as HashTree;

/** What the root subnet certifies of itself, for canisters `first` to `last`. */
function ofRootSubnet(first: number, last: number, key: Uint8Array = nodeKey): VerifiedCertificate {
  const node = branch([['public_key', leaf(key)]]);
  const subnet = branch([
    ['canister_ranges', leaf(range(first, last))],
    ['node', branch([[NODE, node]])],
  ]);
  return { tree: shown(branch([['subnet', branch([[ROOT_SUBNET, subnet]])]])) };
}

/** What a subnet below the root certifies, whose ranges stand in its delegation, in shards or in one leaf. */
function ofSubnet(number: number, first: number, last: number, form: 'shards' | 'leaf'): VerifiedCertificate {
  const subnetId = Uint8Array.of(7, number);
  const node = branch([['public_key', leaf(nodeKey)]]);
  const subnet = branch([['node', branch([[NODE, node]])]]);
  const middle = Math.floor((first + last) / 2);
  const shards = branch([
    [bytesOf(first), leaf(range(first, middle))],
    [bytesOf(middle + 1), leaf(range(middle + 1, last))],
  ]);
  const delegation =
    form === 'shards'
      ? branch([['canister_ranges', branch([[subnetId, shards]])]])
      : branch([['subnet', branch([[subnetId, branch([['canister_ranges', leaf(range(first, last))]])]])]]);
  const certificate = Cbor.encode({ tree: shown(delegation), signature: new Uint8Array() });
  return {
    tree: shown(branch([['subnet', branch([[subnetId, subnet]])]])),
    delegation: { subnetId, certificate },
  };
}

function keysOver(read: (canisterId: string) => VerifiedCertificate) {
  const asked: string[] = [];
  const keys = new SubnetKeys(async (canisterId) => {
    asked.push(canisterId);
    return read(canisterId);
  }, ROOT_KEY);
  return { keys, asked };
}

it.each(['shards', 'leaf'] as const)(
  'serve all canisters of a subnet whose ranges are in %s',
  async (form) => {
    const { keys, asked } = keysOver(() => ofSubnet(1, 10, 19, form));
    const [first, second] = await Promise.all([keys.keysFor(idOf(10)), keys.keysFor(idOf(19))]);
    expect(Array.from(first.keys())).toEqual(['0909']);
    expect(second).toBe(first);
    expect(await keys.keysFor(idOf(15))).toBe(first);
    expect(asked).toEqual([idOf(10)]);
  },
);

it('keep the subnets apart', async () => {
  const { keys, asked } = keysOver((id) =>
    id === idOf(30) ? ofSubnet(2, 30, 39, 'shards') : ofSubnet(1, 10, 19, 'shards'),
  );
  const ids = [10, 30, 11, 30, 12].map(idOf);
  const found = await Promise.all(ids.map((id) => keys.keysFor(id)));
  expect(found[1]).not.toBe(found[0]);
  expect(found[3]).toBe(found[1]);
  expect(asked).toEqual([idOf(10), idOf(30)]);
});

it('are refused for a canister that the subnet does not have', async () => {
  for (const read of [() => ofRootSubnet(10, 19), () => ofSubnet(1, 10, 19, 'shards')]) {
    const { keys } = keysOver(read);
    for (const index of [9, 20]) {
      const failure = await failureOf(keys.keysFor(idOf(index)));
      expect(failure.code).toBe('CERTIFICATE_INVALID');
      expect(failure.message).toContain('its subnet does not have the canister');
    }
  }
});

it('of the root subnet are certified by itself', async () => {
  const { keys } = keysOver(() => ofRootSubnet(10, 19));
  expect((await keys.keysFor(idOf(10))).size).toBe(1);
});

it('are refused when a node has no ed25519 key, or no node is shown', async () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey;
  for (const key of [Buffer.from('nonsense'), other.export({ type: 'spki', format: 'der' })]) {
    const failure = await failureOf(keysOver(() => ofRootSubnet(10, 19, key)).keys.keysFor(idOf(10)));
    expect(failure.pluginText).toBe('Read state response contained a malformed public key');
  }
  const empty = { tree: shown(branch([])) };
  expect((await failureOf(keysOver(() => empty).keys.keysFor(idOf(10)))).code).toBe('CERTIFICATE_INVALID');
});

it('are read again when they are asked for afresh, and after a failure', async () => {
  let failures = 1;
  const { keys, asked } = keysOver(() => {
    if (failures-- > 0) throw new Error('away');
    return ofRootSubnet(10, 19);
  });
  await expect(keys.keysFor(idOf(10))).rejects.toThrow('away');
  await keys.keysFor(idOf(10));
  await keys.freshKeysFor(idOf(10));
  expect(asked).toHaveLength(3);
});
