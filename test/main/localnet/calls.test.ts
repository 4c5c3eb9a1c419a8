import { Cbor, type HttpAgent, LookupPathStatus, HttpAgent as VerifyingAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { agentOf, Blob, callContent, encode, idOf, Nat, Nat8, post, query, Text, update } from './client.js';

describe.each(['root', 'delegated'] as const)('with certificates signed by the %s key', (subnetKey) => {
  let localnet: Localnet;
  let agent: HttpAgent;
  beforeAll(async () => {
    localnet = await startLocalnet({ subnetKey });
    agent = agentOf(localnet);
  });
  afterAll(() => localnet.close());

  test('an update and a query pass an agent that verifies', async () => {
    const kv = idOf(localnet, 'kv');
    expect(
      await update(agent, kv, 'set', [
        [Text, 'name'],
        [Text, 'value'],
      ]),
    ).toEqual([]);
    expect(await query(agent, kv, 'get', [[Text, 'name']], [IDL.Opt(Text)])).toEqual([['value']]);
  });

  test('the root key can be fetched', async () => {
    const fetching = await VerifyingAgent.create({
      host: localnet.url,
      shouldFetchRootKey: true,
      retryTimes: 0,
    });
    expect(Buffer.from(fetching.rootKey ?? []).toString('hex')).toBe(localnet.rootKeyHex);
    expect(await update(fetching, idOf(localnet, 'test'), 'increment', [], [Nat])).toHaveLength(1);
  });

  test('a rejection comes with its code, message and error code, certified', async () => {
    const test = idOf(localnet, 'test');
    for (const code of [1, 2, 3, 4, 5]) {
      await expect(
        update(agent, test, 'reject', [
          [Nat8, code],
          [Text, `no ${code}`],
        ]),
      ).rejects.toMatchObject({
        code: {
          isCertified: true,
          rejectCode: code,
          rejectMessage: `no ${code}`,
          rejectErrorCode: undefined,
        },
      });
      const args = [
        [Nat8, code],
        [Text, 'no'],
        [Text, 'IC0999'],
      ] as const;
      await expect(update(agent, test, 'reject_with_error_code', args)).rejects.toMatchObject({
        code: { isCertified: true, rejectCode: code, rejectErrorCode: 'IC0999' },
      });
    }
  });

  test('a trap, a wrong argument and an unknown method are rejections', async () => {
    const test = idOf(localnet, 'test');
    await expect(update(agent, test, 'trap', [[Text, 'oops']])).rejects.toMatchObject({
      code: { rejectCode: 5, rejectErrorCode: 'IC0503', rejectMessage: expect.stringContaining("'oops'") },
    });
    await expect(update(agent, test, 'trap', [[Nat, 1n]])).rejects.toMatchObject({
      code: { rejectCode: 5, rejectErrorCode: 'IC0503' },
    });
    await expect(update(agent, test, 'nothing')).rejects.toMatchObject({
      code: { rejectCode: 5, rejectErrorCode: 'IC0536' },
    });
    await expect(query(agent, test, 'increment')).rejects.toThrow("no query method 'increment'");
  });

  test('a rejected query is signed as well', async () => {
    const arg = encode([
      [Nat8, 4],
      [Text, 'no'],
    ]);
    const answer = await agent.query(idOf(localnet, 'test'), { methodName: 'reject_query', arg });
    expect(answer).toMatchObject({ status: 'rejected', reject_code: 4, reject_message: 'no' });
  });

  test('a large reply arrives whole', async () => {
    const test = idOf(localnet, 'test');
    const [large] = await update(agent, test, 'large', [[Nat, 1_900_000n]], [Blob]);
    expect(large).toHaveLength(1_900_000);
  });

  test('a canister that does not exist rejects without a certificate', async () => {
    await expect(update(agent, '5v3p4-iyaaa-aaaaa-qaaaa-cai', 'get')).rejects.toMatchObject({
      code: { isCertified: false, rejectCode: 3, rejectErrorCode: 'IC0301' },
    });
  });

  test('a request that was never made is proven absent', async () => {
    const canisterId = idOf(localnet, 'test');
    const path = [Buffer.from('request_status'), new Uint8Array(32).fill(7)];
    const { verifiedCertificate } = await agent.readState({ canisterId }, { paths: [path] });
    expect(verifiedCertificate.lookup_path(path)).toEqual({ status: LookupPathStatus.Absent });
  });

  test('version 2 of the call endpoint says 202, and the answer is polled', async () => {
    const test = idOf(localnet, 'test');
    const arg = encode([[Blob, new Uint8Array([7])]]);
    const { requestId, response } = await agent.call(test, {
      methodName: 'echo_update',
      arg,
      callSync: false,
    });
    expect(response.status).toBe(202);
    const status = ['request_status', requestId].map((part) =>
      typeof part === 'string' ? Buffer.from(part) : part,
    );
    const { verifiedCertificate } = await agent.readState(
      { canisterId: test },
      { paths: [status as Uint8Array[]] },
    );
    expect(verifiedCertificate.lookup_path([...status, 'status'] as string[])).toMatchObject({
      value: new Uint8Array(Buffer.from('replied')),
    });
  });
});

describe('what an update costs and how often it runs', () => {
  test('updates that are ready together share a signature', async () => {
    await using localnet = await startLocalnet({ roundMs: 20, canisters: [{ kind: 'test' }] });
    const agent = agentOf(localnet);
    const test = idOf(localnet, 'test');
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => update(agent, test, 'increment', [], [Nat])),
    );
    expect(new Set(answers.map(([count]) => count)).size).toBe(60);
    const { updates, blsSignatures, rounds } = localnet.statistics();
    expect(updates).toBe(60);
    expect(blsSignatures).toBe(rounds);
    expect(blsSignatures).toBeLessThanOrEqual(20);
  });

  test('updates in one turn of the event loop share a signature without any waiting', async () => {
    await using localnet = await startLocalnet({ updateLatencyMs: 50, canisters: [{ kind: 'test' }] });
    const test = idOf(localnet, 'test');
    const send = () =>
      post(localnet, `/api/v4/canister/${test}/call`, {
        content: callContent(test, 'increment', encode([])),
      });
    const answers = await Promise.all(Array.from({ length: 40 }, send));
    expect(answers.every((answer) => answer.status === 200)).toBe(true);
    expect(localnet.statistics().blsSignatures).toBeLessThan(40);
  });

  test('a request that is sent again runs once, and both senders get the answer', async () => {
    await using localnet = await startLocalnet({ updateLatencyMs: 30, canisters: [{ kind: 'kv' }] });
    const agent = agentOf(localnet);
    const kv = idOf(localnet, 'kv');
    const envelope = {
      content: callContent(
        kv,
        'set',
        encode([
          [Text, 'a'],
          [Text, '1'],
        ]),
      ),
    };
    const path = `/api/v4/canister/${kv}/call`;
    const answers = await Promise.all([post(localnet, path, envelope), post(localnet, path, envelope)]);
    answers.push(await post(localnet, path, envelope));
    for (const answer of answers) {
      expect(Cbor.decode<{ status: string }>(new Uint8Array(await answer.arrayBuffer())).status).toBe(
        'replied',
      );
    }
    expect(await query(agent, kv, 'writes', [[Text, 'a']], [Nat])).toEqual([1n]);
    expect(localnet.statistics()).toMatchObject({ updates: 1, duplicateUpdates: 2 });
  });

  test('a slow update is answered with 202 and polled to its end by the agent', async () => {
    await using localnet = await startLocalnet({ synchronousCallMs: 10, canisters: [{ kind: 'test' }] });
    const agent = agentOf(localnet);
    const test = idOf(localnet, 'test');
    const path = `/api/v4/canister/${test}/call`;
    const answer = await post(localnet, path, {
      content: callContent(test, 'delay', encode([[Nat, 60_000n]])),
    });
    expect(answer.status).toBe(202);
    expect(await update(agent, test, 'delay', [[Nat, 200n]])).toEqual([]);
  });

  test('latencies are waited for', async () => {
    await using localnet = await startLocalnet({ updateLatencyMs: 80, queryLatencyMs: 40, roundMs: 30 });
    const agent = agentOf(localnet);
    await agent.fetchSubnetKeys({ canisterId: idOf(localnet, 'test') });
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const startedMs = performance.now();
      await work();
      return performance.now() - startedMs;
    };
    expect(await timed(() => update(agent, idOf(localnet, 'test'), 'increment', [], [Nat]))).toBeGreaterThan(
      105,
    );
    expect(await timed(() => query(agent, idOf(localnet, 'test'), 'get', [], [Nat]))).toBeGreaterThan(38);
  });

  test('what was called is counted by canister and method', async () => {
    await using localnet = await startLocalnet({ canisters: [{ kind: 'kv' }] });
    const agent = agentOf(localnet);
    const kv = idOf(localnet, 'kv');
    await update(agent, kv, 'set', [
      [Text, 'a'],
      [Text, '1'],
    ]);
    await update(agent, kv, 'set', [
      [Text, 'a'],
      [Text, '2'],
    ]);
    await query(agent, kv, 'count', [], [Nat]);
    expect(localnet.statistics()).toMatchObject({
      updates: 2,
      queries: 1,
      readStates: 1,
      nodeSignatures: 1,
      refused: 0,
      canisters: { [kv]: { updates: { set: 2 }, queries: { count: 1 }, readStates: 1 } },
    });
  });
});
