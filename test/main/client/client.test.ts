import { afterEach, describe, expect, test } from 'vitest';
import { createClient, type SandpoolError } from '#src/main/client/index.js';
import {
  json,
  type Part,
  problem,
  type ScriptedServer,
  scriptedServer,
  text,
} from './support/scripted-server.js';

const SHA256 = 'ab'.repeat(32);
const PLUGIN = {
  sha256: SHA256,
  name: 'seed',
  sizeBytes: 3,
  interfaceVersion: '0.2.0',
  enabled: true,
  createdAt: '2026-01-01T00:00:00.000Z',
};

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serverOf(...parts: Part[]): Promise<ScriptedServer> {
  const server = await scriptedServer(...parts);
  servers.push(server);
  return server;
}

async function errorOf(work: Promise<unknown>): Promise<SandpoolError> {
  return work.then(
    () => expect.unreachable('it succeeded'),
    (thrown: SandpoolError) => thrown,
  );
}

describe('operations', () => {
  test('go to their path with the token, their query and their body', async () => {
    let body = '';
    const server = await serverOf(json(200, { items: [] }), async (response, request) => {
      for await (const piece of request) body += piece;
      await json(201, { id: 'x' })(response, request);
    });
    const client = createClient({ url: `${server.url}/`, token: 'secret\n' });
    expect(await client.listRuns({ state: 'failed', limit: 5, from: '2026-01-01T00:00:00Z' })).toEqual({
      items: [],
    });
    const runs = [{ canister: 'aaaaa-aa' }];
    await client.createBatch({ runs }, { idempotencyKey: 'once' });
    const [listed, created] = server.requests;
    expect(listed?.url).toBe('/v1/runs?state=failed&from=2026-01-01T00%3A00%3A00Z&limit=5');
    expect(listed?.headers.authorization).toBe('Bearer secret');
    expect(created).toMatchObject({ method: 'POST', headers: { 'idempotency-key': 'once' } });
    expect(JSON.parse(body)).toEqual({ runs });
  });

  test('reject with the error that the service names', async () => {
    const server = await serverOf(problem(404, 'RUN_NOT_FOUND', { run: 'x', nested: { no: 1 } }));
    const error = await errorOf(createClient({ url: server.url, token: 't' }).getRun('x'));
    expect(error).toMatchObject({ code: 'RUN_NOT_FOUND', kind: 'user', details: { run: 'x' } });
    expect(error.details).not.toHaveProperty('nested');
  });

  test.each([
    ['a code that is not known here', problem(418, 'OF_TOMORROW', {}), 418, 'said so'],
    ['a page of a proxy', text(502, '<h1>bad\u001b[2J</h1>'), 502, '<h1>bad'],
    ['a redirect', text(302, '', { location: '/x' }), 302, 'status 302'],
  ])('reject with SERVICE_FAILED for %s', async (_, part, status, text) => {
    const server = await serverOf(part);
    const error = await errorOf(createClient({ url: server.url, token: 't' }).getSession());
    expect(error).toMatchObject({ code: 'SERVICE_FAILED', kind: 'network', details: { status } });
    expect(error.message).toContain(text);
    expect(error.message).not.toContain('\u001b');
    expect(server.requests).toHaveLength(1);
  });

  test('reject with SERVICE_FAILED for an answer that is not JSON', async () => {
    const server = await serverOf(text(200, '{"items": ['));
    const error = await errorOf(createClient({ url: server.url, token: 't' }).listPlugins());
    expect(error.code).toBe('SERVICE_FAILED');
  });

  test('reject with SERVICE_UNREACHABLE when nobody answers, or the answer is cut off', async () => {
    const server = await serverOf((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{');
      response.socket?.end();
    });
    const cut = await errorOf(createClient({ url: server.url, token: 't' }).listPlugins());
    expect(cut.code).toBe('SERVICE_UNREACHABLE');
    await server.close();
    servers.length = 0;
    const gone = await errorOf(createClient({ url: server.url, token: 'secret' }).listPlugins());
    expect(gone).toMatchObject({ code: 'SERVICE_UNREACHABLE', exitCode: 4 });
    expect(gone.message).toContain('ECONNREFUSED');
    expect(gone.message).not.toContain('secret');
  });

  test('reject when the answer takes too long, and with CANCELLED when they are', async () => {
    const server = await serverOf(() => undefined);
    const client = createClient({ url: server.url, token: 't', answerMs: 20 });
    expect(await errorOf(client.listPlugins())).toMatchObject({ code: 'SERVICE_UNREACHABLE' });
    const patient = createClient({ url: server.url, token: 't' });
    const signal = AbortSignal.timeout(10);
    expect(await errorOf(patient.listPlugins({ signal }))).toMatchObject({ code: 'CANCELLED' });
  });

  test('give nothing for an answer without a body', async () => {
    const server = await serverOf(text(204));
    await createClient({ url: server.url, token: 't' }).deletePlugin(SHA256);
    expect(server.requests[0]).toMatchObject({ method: 'DELETE', url: `/v1/plugins/${SHA256}` });
  });
});

describe('uploads', () => {
  test.each(['bytes', 'a stream'])('of %s', async (form) => {
    const received: Buffer[] = [];
    const server = await serverOf(async (response, request) => {
      for await (const piece of request) received.push(piece);
      await json(201, PLUGIN)(response, request);
    });
    const bytes = new Uint8Array(300_000).fill(7);
    const content = form === 'bytes' ? bytes : new Blob([bytes]).stream();
    const client = createClient({ url: server.url, token: 't' });
    expect(await client.uploadPlugin(content, { name: 'a b', sha256: SHA256 })).toEqual(PLUGIN);
    expect(Buffer.concat(received).equals(bytes)).toBe(true);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      url: `/v1/plugins?name=a%20b&sha256=${SHA256}`,
      headers: { 'content-type': 'application/wasm', authorization: 'Bearer t' },
    });
  });

  test('reject with what the service answers before it has all', async () => {
    const server = await serverOf((response, request) => {
      void problem(
        413,
        'PLUGIN_TOO_LARGE',
        { path: 'x', bytes: 5, limitBytes: 4 },
        { connection: 'close' },
      )(response, request);
    });
    const client = createClient({ url: server.url, token: 't' });
    const error = await errorOf(client.uploadBundle(new Uint8Array(10)));
    expect(error).toMatchObject({ code: 'PLUGIN_TOO_LARGE', details: { limitBytes: 4 } });
  });
});

describe('an address or token that cannot be used', () => {
  test.each([
    ['not an address', 'nowhere'],
    ['another protocol', 'ftp://127.0.0.1/'],
    ['http to another machine', 'http://service.example'],
    ['a user in it', 'https://me:secret@service.example'],
    ['a query', 'https://service.example/?token=secret'],
  ])('%s', (_, url) => {
    expect(() => createClient({ url, token: 't' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.not.stringContaining('secret') }),
    );
  });

  test.each(['', ' ', 'two words', 'sécret'])('the token %j', (token) => {
    expect(() => createClient({ url: 'https://service.example', token })).toThrow(/the token must be/);
  });

  test('http to another machine can be allowed', () => {
    const { url } = createClient({ url: 'http://service.example/base/', token: 't', transport: 'any' });
    expect(url).toBe('http://service.example/base');
  });
});
