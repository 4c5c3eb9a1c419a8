import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpAgent as OlderAgent } from '@dfinity/agent';
import { AnonymousIdentity, HttpAgent } from '@icp-sdk/core/agent';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CanisterClient, createCanisterClient, fromAgent } from '#src/main/canister/index.js';
import {
  ANSWER_FAULTS,
  type Localnet,
  type LocalnetRequest,
  startLocalnet,
} from '#src/main/localnet/index.js';
import { candid, clientOf, ECHO, failureOf, idOf } from './support.js';

const requests: LocalnetRequest[] = [];
let network: Localnet;
let delegated: Localnet;
let test: string;
beforeAll(async () => {
  network = await startLocalnet({
    canisters: [{ kind: 'test' }, { kind: 'kv' }, { kind: 'test', name: 'other' }],
    onRequest: (request) => requests.push(request),
  });
  delegated = await startLocalnet({ subnetKey: 'delegated' });
  test = idOf(network, 'test');
});
afterAll(async () => {
  await network.close();
  await delegated.close();
});

const opened: CanisterClient[] = [];
afterEach(async () => {
  network.clearFaults();
  delegated.clearFaults();
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

async function open(client: Promise<CanisterClient>): Promise<CanisterClient> {
  opened.push(await client);
  return client;
}

const kinds: [string, () => Promise<CanisterClient>, () => Localnet][] = [
  ['its own agent', () => clientOf(network), () => network],
  ['its own agent, on a subnet below the root', () => clientOf(delegated), () => delegated],
  [
    'an agent of @icp-sdk/core',
    async () => {
      const { url: host, rootKey } = network;
      return fromAgent(HttpAgent.createSync({ host, rootKey, retryTimes: 0 }), { fateTimeoutMs: 700 });
    },
    () => network,
  ],
  [
    'an agent of @dfinity/agent',
    async () => {
      const { url: host, rootKey } = network;
      return fromAgent(OlderAgent.createSync({ host, rootKey, retryTimes: 0 }), { fateTimeoutMs: 700 });
    },
    () => network,
  ],
];

describe.each(kinds)('a client over %s', (_kind, make, networkOf) => {
  const call = (method: string, arg: Uint8Array) => ({ canisterId: idOf(networkOf(), 'test'), method, arg });

  it('queries, updates and reads metadata', async () => {
    const client = await open(make());
    expect(client.principal).toBe('2vxsx-fae');
    expect(Buffer.from(await client.query(call('echo', ECHO)))).toEqual(Buffer.from(ECHO));
    const submitted: string[] = [];
    const onSubmitted = (id: string) => submitted.push(id);
    const { reply, requestIdHex } = await client.update(call('echo_update', ECHO), { onSubmitted });
    expect(Buffer.from(reply)).toEqual(Buffer.from(ECHO));
    expect(requestIdHex).toMatch(/^[0-9a-f]{64}$/);
    expect(submitted).toEqual([requestIdHex]);
    const id = idOf(networkOf(), 'test');
    expect(Buffer.from((await client.metadata(id, 'purpose')) ?? []).toString()).toContain('every way');
    expect(await client.metadata(id, 'candid')).toBeUndefined();
  });

  it.each([1, 2, 3, 4, 5])('passes on reject code %i in the words that plugins know', async (code) => {
    const names = ['', 'SysFatal', 'SysTransient', 'DestinationInvalid', 'CanisterReject', 'CanisterError'];
    const client = await open(make());
    const update = await failureOf(client.update(call('reject', candid.rejection(code, 'M'))));
    const query = await failureOf(client.query(call('reject_query', candid.rejection(code, 'M'))));
    for (const failure of [update, query]) {
      expect(failure.code).toBe('CANISTER_REJECTED');
      expect(failure.rejection).toMatchObject({ code, message: 'M' });
      expect(failure.pluginText).toBe(
        `The replica returned a rejection error: reject code ${names[code]}, reject message M, error code None`,
      );
    }
    expect(update.fate).toBe('rejected');
    expect(update.requestIdHex).toMatch(/^[0-9a-f]{64}$/);
    expect(query.fate).toBeUndefined();
  });

  it('passes on error codes, and rejections before execution', async () => {
    const client = await open(make());
    const arg = candid.codedRejection(5, 'M', 'IC0503');
    const coded = await failureOf(client.update(call('reject_with_error_code', arg)));
    expect(coded.pluginText).toBe(
      'The replica returned a rejection error: reject code CanisterError, reject message M, error code Some("IC0503")',
    );
    const ghost = { ...call('echo', ECHO), canisterId: 'bkyz2-fmaaa-aaaaa-qaaaq-cai' };
    const early = await failureOf(client.update({ ...ghost, method: 'no_such' }));
    expect([early.code, early.fate]).toEqual(['CANISTER_REJECTED', 'rejected']);
  });

  describe.each(ANSWER_FAULTS)('with %s', (kind) => {
    it('fails updates, whose fate is then unknown', async () => {
      const client = await open(make());
      networkOf().inject({ kind, endpoint: 'call' });
      const failure = await failureOf(client.update(call('echo_update', ECHO)));
      expect([failure.code, failure.fate]).toEqual(['CERTIFICATE_INVALID', 'unknown']);
      expect(failure.requestIdHex).toMatch(/^[0-9a-f]{64}$/);
    });

    it('fails queries', async () => {
      const client = await open(make());
      networkOf().inject({ kind, endpoint: 'query' });
      expect((await failureOf(client.query(call('echo', ECHO)))).code).toBe('CERTIFICATE_INVALID');
    });

    it('fails queries when only the keys of the nodes are given so', async () => {
      const client = await open(make());
      networkOf().inject({ kind, endpoint: 'read_state' });
      expect((await failureOf(client.query(call('echo', ECHO)))).code).toBe('CERTIFICATE_INVALID');
    });

    it('fails metadata', async () => {
      const client = await open(make());
      networkOf().inject({ kind, endpoint: 'read_state' });
      const metadata = client.metadata(idOf(networkOf(), 'test'), 'purpose');
      expect((await failureOf(metadata)).code).toBe('CERTIFICATE_INVALID');
    });
  });

  it('finds out by its request id what became of an update whose answer was lost', async () => {
    const client = await open(make());
    networkOf().inject({ kind: 'dropped-connection', endpoint: 'call', moment: 'after', times: 1 });
    const { reply } = await client.update(call('increment', candid.none()));
    expect(candid.decodeNat(reply)).toBe(candid.decodeNat(await client.query(call('get', candid.none()))));
  });

  it('says that the fate of an update is unknown when the network has never heard of it', async () => {
    const client = await open(make());
    const before = await client.query(call('get', candid.none()));
    networkOf().inject({ kind: 'dropped-connection', endpoint: 'call' });
    const failure = await failureOf(client.update(call('increment', candid.none())));
    expect([failure.code, failure.fate]).toEqual(['NETWORK_FAILED', 'unknown']);
    expect(failure.requestIdHex).toMatch(/^[0-9a-f]{64}$/);
    expect(await client.query(call('get', candid.none()))).toEqual(before);
  });

  it('says that the fate of an update is unknown when the network is gone with it', async () => {
    const client = await open(make());
    networkOf().inject({ kind: 'dropped-connection', moment: 'after' });
    const failure = await failureOf(client.update(call('echo_update', ECHO)));
    expect([failure.code, failure.fate]).toEqual(['NETWORK_FAILED', 'unknown']);
  });

  it('stops at once when told to', async () => {
    const client = await open(make());
    const silence = networkOf().inject({ kind: 'no-reply' });
    for (const start of [
      (signal: AbortSignal) => client.query(call('echo', ECHO), { signal }),
      (signal: AbortSignal) => client.metadata(idOf(networkOf(), 'test'), 'purpose', { signal }),
      (signal: AbortSignal) => client.update(call('echo_update', ECHO), { signal }),
    ]) {
      const stop = new AbortController();
      const hits = silence.hits;
      const failing = failureOf(start(stop.signal));
      await vi.waitFor(() => expect(silence.hits).toBeGreaterThan(hits));
      const stoppedAt = performance.now();
      stop.abort();
      const failure = await failing;
      expect(failure.code).toBe('CANCELLED');
      expect(performance.now() - stoppedAt).toBeLessThan(100);
    }
  });

  it('says what became of an update that it was told to stop', async () => {
    const client = await open(make());
    const silence = networkOf().inject({ kind: 'no-reply', endpoint: 'call' });
    const stop = new AbortController();
    let requestIdHex: string | undefined;
    const onSubmitted = (id: string) => {
      requestIdHex = id;
    };
    const failing = failureOf(client.update(call('echo_update', ECHO), { signal: stop.signal, onSubmitted }));
    await vi.waitFor(() => expect(silence.hits).toBe(1));
    stop.abort();
    const failure = await failing;
    expect([failure.code, failure.fate, failure.requestIdHex]).toEqual([
      'CANCELLED',
      'unknown',
      requestIdHex,
    ]);
    expect(requestIdHex).toBeDefined();
    for (const options of [{ signal: AbortSignal.abort() }, { sendSignal: AbortSignal.abort() }]) {
      const early = await failureOf(client.update(call('echo_update', ECHO), options));
      expect([early.code, early.fate]).toEqual(['CANCELLED', 'not-sent']);
    }
  });

  it('follows an update that is under way when only sending is stopped', async () => {
    const client = await open(make());
    const stop = new AbortController();
    const executed = () =>
      networkOf().statistics().canisters[idOf(networkOf(), 'test')]?.updates['delay'] ?? 0;
    const before = executed();
    const updating = client.update(call('delay', candid.nat(300)), { sendSignal: stop.signal });
    await vi.waitFor(() => expect(executed()).toBe(before + 1));
    stop.abort();
    await updating;
  });
});

describe('a client', () => {
  const call = (method: string, arg: Uint8Array) => ({ canisterId: test, method, arg });

  it('makes 200 updates at the same time, each exactly once', async () => {
    const client = await open(clientOf(network));
    const kv = idOf(network, 'kv');
    const names = Array.from({ length: 200 }, (_, index) => `item ${index}`);
    const replies = await Promise.all(
      names.map((name) => client.update({ canisterId: kv, method: 'set', arg: candid.pair(name, 'x') })),
    );
    expect(new Set(replies.map((reply) => reply.requestIdHex)).size).toBe(200);
    const counts = await Promise.all(
      names.map((name) => client.query({ canisterId: kv, method: 'writes', arg: candid.text(name) })),
    );
    expect(counts.map(candid.decodeNat)).toEqual(Array(200).fill(1n));
  });

  it('writes exactly once, whatever goes wrong with the connection', async () => {
    const client = await open(clientOf(network));
    const kv = idOf(network, 'kv');
    const method = 'set';
    network.inject({ kind: 'http-503', canister: kv, method, times: 7 });
    network.inject({ kind: 'dropped-connection', canister: kv, method, moment: 'after', times: 7 });
    network.inject({ kind: 'http-429', canister: kv, method, times: 7, retryAfterSeconds: 0 });
    const names = Array.from({ length: 20 }, (_, index) => `shaken ${index}`);
    const ended = await Promise.allSettled(
      names.map((name) => client.update({ canisterId: kv, method, arg: candid.pair(name, 'x') })),
    );
    network.clearFaults();
    const counts = await Promise.all(
      names.map((name) => client.query({ canisterId: kv, method: 'writes', arg: candid.text(name) })),
    );
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(counts.map(candid.decodeNat)).toEqual(Array(20).fill(1n));
  });

  it('asks a busy network again', async () => {
    const client = await open(clientOf(network));
    for (const kind of ['http-429', 'http-503'] as const) {
      for (const endpoint of ['call', 'query', 'read_state'] as const) {
        network.inject({ kind, endpoint, times: 2, retryAfterSeconds: 0 });
      }
      await client.update(call('echo_update', ECHO));
      await client.query(call('echo', ECHO));
      await client.metadata(test, 'purpose');
    }
  });

  it('says that an update was not sent when the network stays busy', async () => {
    const client = await open(clientOf(network));
    network.inject({ kind: 'http-503', endpoint: 'call', retryAfterSeconds: 0 });
    const failure = await failureOf(client.update(call('echo_update', ECHO)));
    expect([failure.code, failure.fate]).toEqual(['NETWORK_FAILED', 'not-sent']);
    expect(failure.pluginText).toContain(
      'The replica returned an HTTP Error: Http Error: status 503 Service Unavailable, content type "text/plain',
    );
  });

  it.each([
    [400, 'not-sent'],
    [403, 'not-sent'],
    [413, 'not-sent'],
    [500, 'unknown'],
    [502, 'unknown'],
  ])('takes an update that was answered with status %i for %s', async (status, fate) => {
    const server = createServer((_request, response) => response.writeHead(status).end('why not')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = await open(clientOf(network, { url: `http://127.0.0.1:${port}`, fateTimeoutMs: 10 }));
    const failure = await failureOf(client.update(call('echo_update', ECHO)));
    expect([failure.code, failure.fate]).toEqual(['NETWORK_FAILED', fate]);
    expect(failure.pluginText).toMatch(
      new RegExp(`^The replica returned an HTTP Error: Http Error: status ${status} .*content: why not$`),
    );
    server.closeAllConnections();
    server.close();
  });

  it('says that the network cannot be reached, and that an update was not sent', async () => {
    const gone = await startLocalnet();
    const client = await open(clientOf(gone));
    await gone.close();
    const update = await failureOf(client.update(call('echo_update', ECHO)));
    expect([update.code, update.fate]).toEqual(['NETWORK_UNREACHABLE', 'not-sent']);
    expect(update.message).toContain(gone.url);
    expect(update.pluginText).toBe(
      `An error happened during communication with the replica: error sending request for url (${gone.url}/api/v4/canister/${test}/call)`,
    );
    expect((await failureOf(client.query(call('echo', ECHO)))).code).toBe('NETWORK_UNREACHABLE');
    await expect(createCanisterClient({ url: gone.url, rootKey: 'fetch' })).rejects.toMatchObject({
      code: 'NETWORK_UNREACHABLE',
    });
  });

  it('polls for an update that the network takes longer over', async () => {
    const slow = await startLocalnet({ synchronousCallMs: 20 });
    const client = await open(clientOf(slow));
    const canisterId = idOf(slow, 'test');
    await client.update({ canisterId, method: 'delay', arg: candid.nat(300) });
    const arg = candid.rejection(4, 'too slow');
    const failure = await failureOf(client.update({ canisterId, method: 'reject', arg }));
    expect([failure.code, failure.fate]).toEqual(['CANISTER_REJECTED', 'rejected']);
    // While it polls, the network may be away for less than its patience.
    slow.inject({ kind: 'dropped-connection', endpoint: 'read_state', times: 2 });
    await client.update({ canisterId, method: 'delay', arg: candid.nat(300) });
    await slow.close();
  });

  it('believes no network but the one whose key it has', async () => {
    const { rootKey } = await startLocalnet({ seed: 'another' }).then(async (other) => {
      await other.close();
      return other;
    });
    const client = await open(clientOf(network, { rootKey }));
    expect((await failureOf(client.query(call('echo', ECHO)))).code).toBe('CERTIFICATE_INVALID');
    expect((await failureOf(client.update(call('echo_update', ECHO)))).code).toBe('CERTIFICATE_INVALID');
    const mainnet = await open(clientOf(network, { rootKey: 'mainnet' }));
    expect((await failureOf(mainnet.metadata(test, 'purpose'))).code).toBe('CERTIFICATE_INVALID');
  });

  it('fetches the root key once, if that is what its user wants', async () => {
    const before = requests.filter(({ endpoint }) => endpoint === 'status').length;
    const client = await open(clientOf(network, { rootKey: 'fetch' }));
    await Promise.all([client.query(call('echo', ECHO)), client.update(call('echo_update', ECHO))]);
    expect(requests.filter(({ endpoint }) => endpoint === 'status').length - before).toBe(1);
  });

  it('reads the keys of a subnet once for all that ask at the same time, whichever canister they ask', async () => {
    const client = await open(clientOf(network));
    const ids = [test, idOf(network, 'other')];
    const before = requests.filter(({ endpoint }) => endpoint === 'read_state').length;
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        client.query({ canisterId: ids[index % 2] ?? test, method: 'echo', arg: ECHO }),
      ),
    );
    expect(requests.filter(({ endpoint }) => endpoint === 'read_state').length - before).toBe(1);
  });

  it('reads the keys for everybody, also when the first to ask is stopped', async () => {
    const client = await open(clientOf(network));
    const stop = new AbortController();
    const first = failureOf(client.query(call('echo', ECHO), { signal: stop.signal }));
    const second = client.query(call('echo', ECHO));
    stop.abort();
    expect((await first).code).toBe('CANCELLED');
    expect(Buffer.from(await second)).toEqual(Buffer.from(ECHO));
  });

  it('leaves nothing to wait for when it is closed', async () => {
    const busy = network.inject({ kind: 'http-503', endpoint: 'query', retryAfterSeconds: 20 });
    const lost = network.inject({ kind: 'dropped-connection', endpoint: 'call' });
    const client = await clientOf(network, { fateTimeoutMs: 30_000 });
    const query = failureOf(client.query(call('echo', ECHO)));
    const update = failureOf(client.update(call('echo_update', ECHO)));
    await vi.waitFor(() => expect([busy.hits, lost.hits]).toEqual([1, 1]));
    const closedAt = performance.now();
    await client.close();
    expect((await query).code).toBe('CANCELLED');
    expect(await update).toMatchObject({ code: 'CANCELLED', fate: 'unknown' });
    expect(performance.now() - closedAt).toBeLessThan(500);
  });

  it('is stopped while an identity hesitates to sign, and then sends nothing', async () => {
    let sign: (() => void) | undefined;
    const waiting = new Promise<void>((resolve) => {
      sign = resolve;
    });
    const nobody = new AnonymousIdentity();
    const identity = {
      getPrincipal: () => nobody.getPrincipal(),
      transformRequest: async (request: Parameters<typeof nobody.transformRequest>[0]) => {
        await waiting;
        return nobody.transformRequest(request);
      },
    };
    const client = await open(clientOf(network, { identity }));
    const stop = new AbortController();
    const before = network.statistics().updates;
    const update = failureOf(client.update(call('echo_update', ECHO), { signal: stop.signal }));
    stop.abort();
    expect(await update).toMatchObject({ code: 'CANCELLED', fate: 'not-sent' });
    sign?.();
    await client.query(call('echo', ECHO));
    expect(network.statistics().updates).toBe(before);
  });

  it('says that an update was not sent when its identity cannot sign', async () => {
    const identity = {
      getPrincipal: () => new AnonymousIdentity().getPrincipal(),
      transformRequest: () => Promise.reject(new Error('the token is locked')),
    };
    const client = await open(clientOf(network, { identity }));
    const failure = await failureOf(client.update(call('echo_update', ECHO)));
    expect(failure.fate).toBe('not-sent');
    expect(failure.message).toContain('the token is locked');
  });

  it('routes calls of the management canister to the canister that they are about', async () => {
    const client = await open(clientOf(network));
    const arg = candid.none();
    const failure = await failureOf(
      client.update({ canisterId: 'aaaaa-aa', effectiveCanisterId: test, method: 'no_such_method', arg }),
    );
    expect(failure.code).toBe('CANISTER_REJECTED');
    expect(requests.at(-1)).toMatchObject({ endpoint: 'call', method: 'no_such_method' });
  });

  it.each([
    [{ url: 'localhost:4943' }, 'url'],
    [{ url: 'ftp://localhost' }, 'url'],
    [{ rootKey: new Uint8Array(133) }, 'rootKey'],
    [{ rootKey: new Uint8Array(96) }, 'rootKey'],
    [{ connections: 0 }, 'connections'],
    [{ requestTimeoutMs: Number.NaN }, 'requestTimeoutMs'],
    [{ fateTimeoutMs: -1 }, 'fateTimeoutMs'],
  ])('refuses the options %j', async (options, option) => {
    await expect(clientOf(network, options)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      details: { option },
    });
  });

  it('fails calls about what is no principal', async () => {
    const client = await open(clientOf(network));
    await expect(client.metadata('no principal', 'x')).rejects.toMatchObject({ code: 'INVALID_PRINCIPAL' });
    await expect(client.query({ canisterId: '', method: 'x', arg: ECHO })).rejects.toMatchObject({
      code: 'INVALID_PRINCIPAL',
    });
    await expect(client.update({ canisterId: 'AAAAA-AA', method: 'x', arg: ECHO })).rejects.toMatchObject({
      code: 'INVALID_PRINCIPAL',
    });
  });
});
