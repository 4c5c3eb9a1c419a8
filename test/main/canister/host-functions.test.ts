import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CallTarget, CanisterCallRequest, HostResult } from '#src/bridge/host-functions.js';
import {
  type BoundHost,
  type BoundHostOptions,
  bindHostFunctions,
  type CanisterClient,
  type HostCallEndEvent,
  type HostCallEvent,
} from '#src/main/canister/index.js';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { candid, clientOf, ECHO, idOf } from './support.js';

const HOST: CallTarget = { tag: 'host' };
const running = new AbortController().signal;

let network: Localnet;
let client: CanisterClient;
beforeAll(async () => {
  network = await startLocalnet({
    canisters: [
      { kind: 'test', controllers: ['proxy', '2vxsx-fae'] },
      { kind: 'kv' },
      { kind: 'proxy' },
      { kind: 'proxy', name: 'poor', cycles: 1_234_567n },
      { kind: 'proxy', name: 'strict', controllers: ['aaaaa-aa'] },
      { kind: 'test', name: 'private', controllers: ['proxy'] },
    ],
  });
  client = await clientOf(network);
});
afterAll(async () => {
  await client.close();
  await network.close();
});
afterEach(() => network.clearFaults());

function bind(options: Partial<BoundHostOptions> = {}): BoundHost {
  return bindHostFunctions({ client, canisterId: idOf(network, 'test'), ...options });
}

function throughProxy(name: string, options: Partial<BoundHostOptions> = {}): BoundHost {
  return bind({ proxyCanisterId: idOf(network, name), ...options });
}

const update = (method: string, arg: Uint8Array, more: Partial<CanisterCallRequest> = {}) =>
  ({ target: HOST, method, arg, callType: 'update', direct: false, cycles: 0n, ...more }) as const;
const query = (method: string, arg: Uint8Array, more: Partial<CanisterCallRequest> = {}) =>
  ({ ...update(method, arg, more), callType: 'query' }) as const;
const metadata = (name: string, more: { direct?: boolean; target?: CallTarget } = {}) =>
  ({ target: HOST, name, direct: false, ...more }) as const;

function textOf(result: HostResult<unknown>): string {
  return result.tag === 'err' ? result.val : `no error, but ${String(result.val)}`;
}

async function principalIn(result: Promise<HostResult<Uint8Array>>): Promise<string> {
  const { tag, val } = await result;
  if (tag === 'err') throw new Error(val);
  return (candid.decode(IDL.Principal, val) as Principal).toText();
}

describe('targets', () => {
  it('are the bound canister and those that are granted, and no other', async () => {
    const canisters = new Map([['store', idOf(network, 'private')]]);
    const host = bind({ grants: { canisters } });
    const self = (target: CallTarget) =>
      host.canisterCall(query('self', candid.none(), { target }), { signal: running });
    expect(await principalIn(self(HOST))).toBe(idOf(network, 'test'));
    expect(await principalIn(self({ tag: 'name', val: 'store' }))).toBe(idOf(network, 'private'));
    for (const val of ['kv', 'test', '', '__proto__', 'constructor', idOf(network, 'private')]) {
      const refusal = `plugin is not permitted to call canister '${val}': declare it in the sync step's \`canisters\` list to allow it`;
      expect(textOf(await self({ tag: 'name', val }))).toBe(refusal);
      const read = host.canisterMetadataSection(metadata('x', { target: { tag: 'name', val } }), {
        signal: running,
      });
      expect(textOf(await read)).toBe(refusal);
    }
  });

  it('do not change when the grants do, once the run is bound', async () => {
    const canisters = new Map([['store', idOf(network, 'private')]]);
    const host = bind({ grants: { canisters } });
    canisters.set('more', idOf(network, 'kv'));
    canisters.delete('store');
    const call = (val: string) =>
      host.canisterCall(query('self', candid.none(), { target: { tag: 'name', val } }), { signal: running });
    expect(textOf(await call('more'))).toContain('not permitted');
    expect((await call('store')).tag).toBe('ok');
  });

  it('must be principals', () => {
    expect(() => bind({ canisterId: 'x' })).toThrow(/canister: "x" is not a principal/);
    expect(() => bind({ proxyCanisterId: 'x' })).toThrow(/proxy canister/);
    expect(() => bind({ grants: { canisters: new Map([['store', 'x']]) } })).toThrow(/canister store/);
  });
});

describe('without a proxy', () => {
  it('calls go to the canister', async () => {
    const host = bind();
    for (const request of [update('echo_update', ECHO), query('echo', ECHO)]) {
      const result = await host.canisterCall(request, { signal: running });
      expect(result).toEqual({ tag: 'ok', val: new Uint8Array(ECHO) });
    }
  });

  it('replies own their buffer, since they are transferred', async () => {
    const host = bind();
    for (const request of [update('echo_update', ECHO), query('echo', ECHO)]) {
      const result = await host.canisterCall(request, { signal: running });
      if (result.tag === 'err') throw new Error(result.val);
      expect(result.val.byteLength).toBe(result.val.buffer.byteLength);
    }
  });

  it('failures are told in the words that plugins know', async () => {
    const host = bind();
    const text = async (request: CanisterCallRequest) =>
      textOf(await host.canisterCall(request, { signal: running }));
    expect(await text(update('reject', candid.rejection(4, 'no')))).toBe(
      'canister call failed: The replica returned a rejection error: reject code CanisterReject, reject message no, error code None',
    );
    expect(await text(query('reject_query', candid.rejection(4, 'no')))).toBe(
      'canister call failed: The replica returned a rejection error: reject code CanisterReject, reject message no, error code None',
    );
    expect(host.lastFailure).toMatchObject({ code: 'CANISTER_REJECTED' });
    network.inject({ kind: 'wrong-signer' });
    expect(await text(update('echo_update', ECHO))).toBe(
      'canister call failed: Certificate verification failed.',
    );
    expect(await text(query('echo', ECHO))).toBe(
      'canister call failed: Query signature verification failed.',
    );
    expect(host.lastFailure?.code).toBe('CERTIFICATE_INVALID');
  });

  it('metadata is read from the certified state', async () => {
    const host = bind();
    const read = (name: string) => host.canisterMetadataSection(metadata(name), { signal: running });
    const purpose = await read('purpose');
    expect(Buffer.from((purpose.tag === 'ok' && purpose.val) || []).toString()).toContain('every way');
    expect(await read('nothing')).toEqual({ tag: 'ok', val: undefined });
    network.inject({ kind: 'wrong-signer' });
    expect(textOf(await read('purpose'))).toBe('metadata read failed: Certificate verification failed.');
  });
});

describe('through a proxy', () => {
  it('go updates, unless they are direct; and never queries', async () => {
    const canisterId = idOf(network, 'kv');
    const host = throughProxy('proxy', { canisterId });
    const set = (direct: boolean) =>
      host.canisterCall(update('set', candid.pair('a', 'b'), { direct }), { signal: running });
    const callsOf = (id: string) => network.statistics().canisters[id]?.updates['proxy'] ?? 0;
    const proxyCalls = callsOf(idOf(network, 'proxy'));
    expect((await set(false)).tag).toBe('ok');
    expect(callsOf(idOf(network, 'proxy'))).toBe(proxyCalls + 1);
    expect((await set(true)).tag).toBe('ok');
    expect((await host.canisterCall(query('count', candid.none()), { signal: running })).tag).toBe('ok');
    expect(callsOf(idOf(network, 'proxy'))).toBe(proxyCalls + 1);
  });

  it.each([
    ['proxy', update('reject', candid.rejection(4, 'no')), 'Proxy call failed: no'],
    [
      'poor',
      update('echo_update', ECHO, { cycles: 2_000_000n }),
      'Proxy canister has insufficient cycles. Available: 1_234_567, required: 2_000_000',
    ],
    [
      'strict',
      update('echo_update', ECHO),
      "Unauthorized: you are not in the proxy canister's controllers list",
    ],
  ])('a refusal by %s is told without a prefix', async (name, request, text) => {
    const host = throughProxy(name);
    expect(textOf(await host.canisterCall(request, { signal: running }))).toBe(text);
    expect(host.updates).toMatchObject([{ state: 'rejected', method: request.method }]);
    expect(host.lastFailure).toMatchObject({ code: 'CANISTER_REJECTED', pluginText: text });
  });

  it('a proxy that does not answer, or not as one, is told of', async () => {
    const arg = candid.none();
    network.inject({ kind: 'wrong-signer', canister: idOf(network, 'proxy'), times: 1 });
    const unanswered = await throughProxy('proxy').canisterCall(update('x', arg), { signal: running });
    expect(textOf(unanswered)).toBe('proxy call failed: Certificate verification failed.');
    const kv = await throughProxy('kv').canisterCall(update('x', arg), { signal: running });
    expect(textOf(kv)).toMatch(/^proxy call failed: The replica returned a rejection error: .*'proxy'/);
    const host = bindHostFunctions({
      client: { ...fake, update: async () => ({ reply: Buffer.from('DIDL nonsense'), requestIdHex: '00' }) },
      canisterId: idOf(network, 'test'),
      proxyCanisterId: idOf(network, 'proxy'),
    });
    const nonsense = await host.canisterCall(update('x', arg), { signal: running });
    expect(textOf(nonsense)).toMatch(/^proxy decode failed: /);
    expect(host.updates).toMatchObject([{ state: 'unknown' }]);
  });

  it('metadata is what the proxy may see', async () => {
    const canisters = new Map([['private', idOf(network, 'private')]]);
    const host = throughProxy('proxy', { grants: { canisters } });
    const target: CallTarget = { tag: 'name', val: 'private' };
    const secret = (direct: boolean) =>
      host.canisterMetadataSection(metadata('secret', { direct, target }), { signal: running });
    const seen = await secret(false);
    expect(Buffer.from((seen.tag === 'ok' && seen.val) || []).toString()).toBe('for controllers only');
    expect(textOf(await secret(true))).toMatch(
      /^metadata read failed: The replica returned an HTTP Error: Http Error: status 403 Forbidden/,
    );
    const nothing = await host.canisterMetadataSection(metadata('nothing', { target }), { signal: running });
    expect(nothing).toEqual({ tag: 'ok', val: undefined });
  });

  it('metadata that the proxy cannot see is not taken for absent', async () => {
    const canisters = new Map([['private', idOf(network, 'private')]]);
    const host = throughProxy('poor', { grants: { canisters } });
    const target: CallTarget = { tag: 'name', val: 'private' };
    const result = await host.canisterMetadataSection(metadata('secret', { target }), { signal: running });
    expect(textOf(result)).toMatch(/^metadata read failed: /);
    const strict = await throughProxy('strict').canisterMetadataSection(metadata('purpose'), {
      signal: running,
    });
    expect(textOf(strict)).toBe(
      "metadata read failed: Unauthorized: you are not in the proxy canister's controllers list",
    );
  });
});

/** A client that must not be used, for the parts that a test replaces. */
const fake: CanisterClient = {
  principal: '2vxsx-fae',
  query: () => Promise.reject(new Error('no query is expected')),
  update: () => Promise.reject(new Error('no update is expected')),
  metadata: () => Promise.reject(new Error('no metadata is expected')),
  close: async () => {},
};

describe('the ledger', () => {
  it('says of every update what became of it', async () => {
    const host = bind();
    const make = (request: CanisterCallRequest) => host.canisterCall(request, { signal: running });
    await make(update('echo_update', ECHO));
    await make(query('echo', ECHO));
    await make(update('reject', candid.rejection(4, 'no')));
    network.inject({ kind: 'broken-signature', endpoint: 'call', times: 1 });
    await make(update('echo_update', ECHO));
    await host.canisterCall(update('increment', candid.none()), { signal: AbortSignal.abort() });
    expect(host.updates).toMatchObject([
      { number: 1, method: 'echo_update', state: 'applied', canisterId: idOf(network, 'test') },
      { number: 3, method: 'reject', state: 'rejected' },
      { number: 4, method: 'echo_update', state: 'unknown' },
      { number: 5, method: 'increment', state: 'not-sent' },
    ]);
    const ids = host.updates.map(({ requestIdHex }) => requestIdHex);
    expect(ids.slice(0, 3).every((id) => /^[0-9a-f]{64}$/.test(id ?? ''))).toBe(true);
    expect(ids[3]).toBeUndefined();
  });

  it('follows updates under way to their end after the run was cancelled; queries end at once', async () => {
    const host = bind();
    const run = new AbortController();
    const slow = host.canisterCall(update('delay', candid.nat(250)), { signal: run.signal });
    const silence = network.inject({ kind: 'no-reply', endpoint: 'query' });
    const waiting = host.canisterCall(query('echo', ECHO), { signal: run.signal });
    await vi.waitFor(() => expect(silence.hits).toBe(1));
    await vi.waitFor(() => expect(host.updates[0]?.requestIdHex).toBeDefined());
    expect(host.updates).toMatchObject([{ state: 'in-flight' }]);
    const cancelledAt = performance.now();
    run.abort();
    expect(textOf(await waiting)).toBe('canister call failed: the call was cancelled');
    expect(performance.now() - cancelledAt).toBeLessThan(100);
    expect(await host.settle(5_000)).toMatchObject([{ method: 'delay', state: 'applied' }]);
    expect((await slow).tag).toBe('ok');
  });

  it('gives up at the deadline on what has not ended, as unknown', async () => {
    const host = bind();
    network.inject({ kind: 'no-reply', endpoint: 'call' });
    const lost = host.canisterCall(update('increment', candid.none()), { signal: running });
    const startedAt = performance.now();
    expect(await host.settle(60)).toMatchObject([{ method: 'increment', state: 'unknown' }]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(host.updates[0]?.requestIdHex).toMatch(/^[0-9a-f]{64}$/);
    expect(textOf(await lost)).toBe('canister call failed: the call was cancelled');
  });

  it('sends nothing any more once it has settled', async () => {
    const host = bind();
    expect(await host.settle(1_000)).toEqual([]);
    await host.canisterCall(update('increment', candid.none()), { signal: running });
    expect(host.updates).toMatchObject([{ state: 'not-sent' }]);
  });

  it('does not send an update that still waits for a busy network when the run is cancelled', async () => {
    const host = bind();
    const run = new AbortController();
    const busy = network.inject({ kind: 'http-503', endpoint: 'call', retryAfterSeconds: 20 });
    const waiting = host.canisterCall(update('increment', candid.none()), { signal: run.signal });
    await vi.waitFor(() => expect(busy.hits).toBe(1));
    run.abort();
    expect(textOf(await waiting)).toBe('canister call failed: the call was cancelled');
    expect(await host.settle(5_000)).toMatchObject([{ state: 'not-sent' }]);
  });

  it('leaves the fate of an update open when something unforeseen happens, which ends the run', async () => {
    const host = bindHostFunctions({ client: fake, canisterId: idOf(network, 'test') });
    const call = host.canisterCall(update('x', ECHO), { signal: running });
    await expect(call).rejects.toThrow('no update is expected');
    expect(await host.settle(100)).toMatchObject([{ state: 'unknown' }]);
  });
});

it('tells its listeners of every call', async () => {
  const calls: HostCallEvent[] = [];
  const ends: HostCallEndEvent[] = [];
  const host = throughProxy('proxy', {
    onCall: (event) => calls.push(event),
    onCallEnd: (event) => ends.push(event),
  });
  await host.canisterCall(update('echo_update', ECHO), { signal: running });
  await host.canisterCall(query('reject_query', candid.rejection(4, 'no')), { signal: running });
  await host.canisterMetadataSection(metadata('purpose', { direct: true }), { signal: running });
  const canisterId = idOf(network, 'test');
  expect(calls).toEqual([
    { number: 1, method: 'echo_update', callType: 'update', canisterId },
    { number: 2, method: 'reject_query', callType: 'query', canisterId },
    { number: 3, method: 'purpose', callType: 'metadata', canisterId },
  ]);
  expect(ends.map(({ number, outcome }) => [number, outcome])).toEqual([
    [1, 'ok'],
    [2, 'CANISTER_REJECTED'],
    [3, 'ok'],
  ]);
  for (const { milliseconds } of ends) expect(milliseconds).toBeGreaterThanOrEqual(0);
});
