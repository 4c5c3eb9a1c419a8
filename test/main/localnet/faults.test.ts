import type { HttpAgent } from '@icp-sdk/core/agent';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  ANSWER_FAULTS,
  type Localnet,
  type LocalnetRequest,
  startLocalnet,
} from '#src/main/localnet/index.js';
import { agentOf, idOf, Nat, query, Text, update } from './client.js';

let localnet: Localnet;
let agent: HttpAgent;
let kv: string;
let requests: LocalnetRequest[];

async function start(subnetKey: 'root' | 'delegated'): Promise<void> {
  requests = [];
  localnet = await startLocalnet({
    subnetKey,
    canisters: [{ kind: 'kv' }],
    onRequest: (request) => requests.push(request),
  });
  agent = agentOf(localnet);
  kv = idOf(localnet, 'kv');
}

const set = (name = 'a') =>
  update(agent, kv, 'set', [
    [Text, name],
    [Text, 'value'],
  ]);
const count = () => query(agent, kv, 'count', [], [Nat]);

beforeEach(() => start('root'));
afterEach(() => localnet.close());

describe.each(['root', 'delegated'] as const)('an agent that verifies, with the %s key', (subnetKey) => {
  beforeEach(async () => {
    await localnet.close();
    await start(subnetKey);
  });

  test.each(ANSWER_FAULTS)('refuses an update with the fault %s, and takes the next one', async (kind) => {
    const fault = localnet.inject({ kind, endpoint: 'call', times: 1 });
    await expect(set()).rejects.toMatchObject({ kind: expect.stringMatching(/Trust|Protocol/) });
    expect(fault.hits).toBe(1);
    await expect(set()).resolves.toEqual([]);
  });

  test.each(ANSWER_FAULTS)('refuses a query with the fault %s, and takes the next one', async (kind) => {
    const fault = localnet.inject({ kind, endpoint: 'query', method: 'count', times: 1 });
    await expect(count()).rejects.toMatchObject({ kind: expect.stringMatching(/Trust|Protocol/) });
    expect(fault.hits).toBe(1);
    await expect(count()).resolves.toEqual([0n]);
  });

  test.each(ANSWER_FAULTS)('refuses a read_state with the fault %s', async (kind) => {
    // Once: an agent that finds the time wrong sets its clock by further answers, which are honest here.
    localnet.inject({ kind, endpoint: 'read_state', times: 1 });
    const paths = [[Buffer.from('subnet') as Uint8Array]];
    await expect(agent.readState({ canisterId: kv }, { paths })).rejects.toMatchObject({
      kind: expect.stringMatching(/Trust|Protocol/),
    });
  });
});

describe('faults of the exchange', () => {
  test.each([
    ['http-429', 429],
    ['http-503', 503],
  ] as const)('%s answers with that status and, if asked to, when to come back', async (kind, status) => {
    localnet.inject({ kind, endpoint: 'status', times: 1, retryAfterSeconds: 7 });
    const answer = await fetch(`${localnet.url}/api/v2/status`);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect((await fetch(`${localnet.url}/api/v2/status`)).status).toBe(200);
  });

  test.each(['http-503', 'dropped-connection'] as const)(
    '%s before a request leaves an update without effect, after it only the answer is lost',
    async (kind) => {
      localnet.inject({ kind, method: 'set', times: 1 });
      await expect(set('before')).rejects.toThrow();
      localnet.inject({ kind, method: 'set', times: 1, moment: 'after' });
      await expect(set('after')).rejects.toThrow();
      expect(await query(agent, kv, 'writes', [[Text, 'before']], [Nat])).toEqual([0n]);
      expect(await query(agent, kv, 'writes', [[Text, 'after']], [Nat])).toEqual([1n]);
    },
  );

  test('no-reply keeps the connection open until the network closes', async () => {
    const fault = localnet.inject({ kind: 'no-reply', method: 'set' });
    const outcome = set().then(
      () => 'answered',
      () => 'ended',
    );
    await expect.poll(() => fault.hits).toBe(1);
    expect(await Promise.race([outcome, count().then(() => 'still waiting')])).toBe('still waiting');
    await localnet.close();
    expect(await outcome).toBe('ended');
  });

  test('a dropped connection is reported as such', async () => {
    localnet.inject({ kind: 'dropped-connection', method: 'set', times: 1 });
    await expect(set()).rejects.toThrow();
    await expect
      .poll(() => requests.at(-1))
      .toMatchObject({
        endpoint: 'call',
        canisterId: kv,
        method: 'set',
        httpStatus: 0,
        fault: 'dropped-connection',
      });
  });
});

describe('which requests a fault is for', () => {
  test('those of the canister, by name or id, and the method', async () => {
    await localnet.close();
    localnet = await startLocalnet({ canisters: [{ kind: 'kv' }, { kind: 'kv', name: 'other' }] });
    agent = agentOf(localnet);
    kv = idOf(localnet, 'kv');
    const byName = localnet.inject({ kind: 'http-503', canister: 'other' });
    const byMethod = localnet.inject({ kind: 'http-503', canister: kv, method: 'register' });
    await expect(set()).resolves.toEqual([]);
    await expect(
      update(agent, idOf(localnet, 'other'), 'set', [
        [Text, 'a'],
        [Text, 'b'],
      ]),
    ).rejects.toThrow('503');
    await expect(
      update(agent, kv, 'register', [
        [Text, 'a'],
        [Text, 'b'],
      ]),
    ).rejects.toThrow('503');
    expect([byName.hits, byMethod.hits]).toEqual([1, 1]);
  });

  test('none after it was removed or cleared', async () => {
    const fault = localnet.inject({ kind: 'http-503' });
    await expect(set()).rejects.toThrow('503');
    fault.remove();
    await expect(set()).resolves.toEqual([]);
    localnet.inject({ kind: 'http-503' });
    localnet.clearFaults();
    await expect(set()).resolves.toEqual([]);
  });

  test('only faults that exist can be injected', () => {
    expect(() => localnet.inject({ kind: 'flood' as 'http-503' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
    expect(() => localnet.inject({ kind: 'http-503', times: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});
