import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  CallFailure,
  type CanisterClient,
  readCanisterStatus,
  readCanisterStatuses,
} from '#src/main/canister/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { clientOf, idOf } from './support.js';

let network: Localnet;
let client: CanisterClient;
beforeAll(async () => {
  network = await startLocalnet({
    canisters: [
      { kind: 'kv' },
      { kind: 'kv', name: 'stopped' },
      { kind: 'kv', name: 'foreign', controllers: ['proxy'] },
      { kind: 'proxy' },
    ],
  });
  client = await clientOf(network);
  const arg = IDL.encode(
    [IDL.Record({ canister_id: IDL.Principal })],
    [{ canister_id: Principal.fromText(idOf(network, 'stopped')) }],
  );
  const effectiveCanisterId = idOf(network, 'stopped');
  await client.update({ canisterId: 'aaaaa-aa', effectiveCanisterId, method: 'stop_canister', arg });
});
afterAll(async () => {
  await client.close();
  await network.close();
});

it('is read of many canisters at once, in their order, with a reason where it cannot be', async () => {
  const ids = ['kv', 'stopped', 'foreign'].map((name) => idOf(network, name));
  const [kv, stopped, foreign] = await readCanisterStatuses(client, ids);
  expect([kv, stopped]).toEqual(['running', 'stopped']);
  expect(foreign).toMatchObject({ code: 'CANISTER_REJECTED' });
});

/** Calls of the management canister so far, by kind. */
function statusCalls(): { queries: number; updates: number } {
  const counts = network.statistics().canisters['aaaaa-aa'];
  const method = 'canister_status';
  return { queries: counts?.queries[method] ?? 0, updates: counts?.updates[method] ?? 0 };
}

it('takes no update when a node says that it is running', async () => {
  const before = statusCalls();
  expect(await readCanisterStatus(client, idOf(network, 'kv'))).toBe('running');
  expect(statusCalls()).toEqual({ queries: before.queries + 1, updates: before.updates });
});

it('is believed of the whole subnet only, when it is any other', async () => {
  const before = statusCalls();
  expect(await readCanisterStatus(client, idOf(network, 'stopped'))).toBe('stopped');
  expect(statusCalls()).toEqual({ queries: before.queries + 1, updates: before.updates + 1 });
});

it.each(['CANISTER_REJECTED', 'CERTIFICATE_INVALID'] as const)(
  'is asked for as an update where the query ends with %s',
  async (code) => {
    const query = () =>
      Promise.reject(new CallFailure({ code, details: { reason: 'no such query' }, pluginText: '' }));
    const older: CanisterClient = Object.assign(Object.create(client), {
      query,
      update: client.update.bind(client),
    });
    expect(await readCanisterStatus(older, idOf(network, 'kv'))).toBe('running');
  },
);

it('is read by a proxy that controls the canister', async () => {
  const foreign = idOf(network, 'foreign');
  await expect(readCanisterStatus(client, foreign)).rejects.toMatchObject({ code: 'CANISTER_REJECTED' });
  const proxyCanisterId = idOf(network, 'proxy');
  expect(await readCanisterStatus(client, foreign, { proxyCanisterId })).toBe('running');
});

it('is not asked about what is no principal', async () => {
  const reading = readCanisterStatuses(client, [idOf(network, 'kv'), 'x']);
  await expect(reading).rejects.toMatchObject({ code: 'INVALID_PRINCIPAL' });
});

it('is not waited for any longer once it is stopped', async () => {
  const options = { signal: AbortSignal.abort() };
  const [status] = await readCanisterStatuses(client, [idOf(network, 'kv')], options);
  expect(status).toMatchObject({ code: 'CANCELLED' });
});
