import { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import type { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { agentOf, idOf, Nat, query, Text, update } from '../client.js';

const PAIRS = IDL.Vec(IDL.Tuple(Text, Text));
const controller = Ed25519KeyIdentity.generate();

let localnet: Localnet;
beforeAll(async () => {
  const controllers = [controller.getPrincipal().toText()];
  localnet = await startLocalnet({
    canisters: [{ kind: 'kv' }, { kind: 'kv', name: 'registry', controllers }],
  });
});
afterAll(() => localnet.close());

test('keeps texts, and counts every write', async () => {
  const agent = agentOf(localnet);
  const kv = idOf(localnet, 'kv');
  const set = (name: string, value: string) =>
    update(agent, kv, 'set', [
      [Text, name],
      [Text, value],
    ]);
  await set('a', '1');
  await set('b', '2');
  await set('a', '3');
  expect(await query(agent, kv, 'get', [[Text, 'a']], [IDL.Opt(Text)])).toEqual([['3']]);
  expect(await query(agent, kv, 'get', [[Text, 'z']], [IDL.Opt(Text)])).toEqual([[]]);
  expect(await query(agent, kv, 'list', [], [PAIRS])).toEqual([
    [
      ['a', '3'],
      ['b', '2'],
    ],
  ]);
  expect(await query(agent, kv, 'count', [], [Nat])).toEqual([2n]);
  for (const [name, writes] of [
    ['a', 2n],
    ['b', 1n],
    ['z', 0n],
  ] as const) {
    expect(await query(agent, kv, 'writes', [[Text, name]], [Nat])).toEqual([writes]);
  }
});

test('lets a controller name the uploader, and the uploader register', async () => {
  const registry = idOf(localnet, 'registry');
  const uploader = Ed25519KeyIdentity.generate();
  const [byController, byUploader, byStranger] = [controller, uploader, Ed25519KeyIdentity.generate()].map(
    (identity) => agentOf(localnet, identity),
  );
  if (byController === undefined || byUploader === undefined || byStranger === undefined) throw new Error();
  const principal = uploader.getPrincipal();
  await expect(update(byStranger, registry, 'set_uploader', [[IDL.Principal, principal]])).rejects.toThrow(
    'only a controller can call set_uploader',
  );
  const register = [
    [Text, 'apple'],
    [Text, 'red'],
  ] as const;
  await expect(update(byUploader, registry, 'register', register)).rejects.toThrow('only the uploader');
  await update(byController, registry, 'set_uploader', [[IDL.Principal, principal]]);
  await update(byUploader, registry, 'register', register);
  await expect(update(byStranger, registry, 'register', register)).rejects.toThrow('only the uploader');
  const [shown, items] = await query(byStranger, registry, 'show', [], [IDL.Opt(IDL.Principal), PAIRS]);
  expect((shown as Principal[]).map(String)).toEqual([principal.toText()]);
  expect(items).toEqual([['apple', 'red']]);
});
