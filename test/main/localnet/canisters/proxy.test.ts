import { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { agentOf, Blob, encode, idOf, Nat, Nat8, Text, update } from '../client.js';

const ARGS = IDL.Record({ canister_id: IDL.Principal, method: Text, args: Blob, cycles: Nat });
const RESULT = IDL.Variant({
  Ok: IDL.Record({ result: Blob }),
  Err: IDL.Variant({
    InsufficientCycles: IDL.Record({ available: Nat, required: Nat }),
    CallFailed: IDL.Record({ reason: Text }),
    UnauthorizedUser: IDL.Null,
  }),
});

let localnet: Localnet;
beforeAll(async () => {
  localnet = await startLocalnet({
    canisters: [
      { kind: 'proxy', cycles: 1_000n },
      { kind: 'test', controllers: ['proxy'] },
    ],
  });
});
afterAll(() => localnet.close());

async function proxy(
  changes: { canister_id?: Principal; method: string; args?: Uint8Array; cycles?: bigint },
  identity?: Ed25519KeyIdentity,
): Promise<{ Ok?: { result: Uint8Array }; Err?: Record<string, unknown> }> {
  const canister_id = Principal.fromText(idOf(localnet, 'test'));
  const record = { canister_id, args: encode([]), cycles: 0n, ...changes };
  const [result] = await update(
    agentOf(localnet, identity),
    idOf(localnet, 'proxy'),
    'proxy',
    [[ARGS, record]],
    [RESULT],
  );
  return result as { Ok?: { result: Uint8Array }; Err?: Record<string, unknown> };
}

test('calls in its own name and hands the reply back', async () => {
  const { Ok } = await proxy({ method: 'whoami' });
  const [principal] = IDL.decode([IDL.Principal], Uint8Array.from(Ok?.result ?? []));
  expect(String(principal)).toBe(idOf(localnet, 'proxy'));
});

test('passes cycles on, as many as it has', async () => {
  const { Ok } = await proxy({ method: 'cycles_received', cycles: 1_000n });
  expect(IDL.decode([Nat], Uint8Array.from(Ok?.result ?? []))).toEqual([1_000n]);
  expect(await proxy({ method: 'cycles_received', cycles: 1_001n })).toEqual({
    Err: { InsufficientCycles: { available: 1_000n, required: 1_001n } },
  });
});

test('reports how a call failed', async () => {
  const args = encode([
    [Nat8, 4],
    [Text, 'not today'],
  ]);
  expect(await proxy({ method: 'reject', args })).toEqual({ Err: { CallFailed: { reason: 'not today' } } });
  const canister_id = Principal.fromText('5v3p4-iyaaa-aaaaa-qaaaa-cai');
  expect(await proxy({ canister_id, method: 'get' })).toMatchObject({
    Err: { CallFailed: { reason: expect.stringContaining('not found') } },
  });
});

test('serves its controllers only', async () => {
  const before = localnet.statistics().updates;
  expect(await proxy({ method: 'increment' }, Ed25519KeyIdentity.generate())).toEqual({
    Err: { UnauthorizedUser: null },
  });
  expect(localnet.statistics().updates).toBe(before + 1);
});

test('is a controller to the management canister', async () => {
  const ARG = IDL.Record({ canister_id: IDL.Principal, name: Text });
  const args = encode([[ARG, { canister_id: Principal.fromText(idOf(localnet, 'test')), name: 'secret' }]]);
  const { Ok } = await proxy({
    canister_id: Principal.managementCanister(),
    method: 'canister_metadata',
    args,
  });
  const [answer] = IDL.decode([IDL.Record({ value: Blob })], Uint8Array.from(Ok?.result ?? []));
  const { value } = answer as unknown as { value: Uint8Array };
  expect(Buffer.from(value).toString()).toBe('for controllers only');
});
