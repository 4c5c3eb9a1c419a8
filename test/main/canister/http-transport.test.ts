import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpFailure } from '#src/main/canister/http-exchange.js';
import { HttpTransport, type TransportOptions } from '#src/main/canister/http-transport.js';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function serve(handler: Handler): Promise<{ url: URL; count: () => number }> {
  let count = 0;
  const server: Server = createServer((request, response) => {
    count += 1;
    const current = count;
    request.resume().on('end', () => handler(request, response, current));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`http://127.0.0.1:${port}/api/v4/canister/x/call`), count: () => count };
}

function transport(options: Partial<TransportOptions> = {}): HttpTransport {
  const made = new HttpTransport({
    connections: 4,
    requestTimeoutMs: 2_000,
    connectTimeoutMs: 2_000,
    busyAttempts: 3,
    connectionAttempts: 3,
    firstPauseMs: 5,
    longestPauseMs: 10,
    longestRetryAfterMs: 2_000,
    ...options,
  });
  closing.push(() => made.close());
  return made;
}

const request = (url: URL, more = {}) => ({
  url,
  method: 'POST' as const,
  headers: { 'content-type': 'application/cbor' },
  body: Buffer.from('a body'),
  ...more,
});

async function failureOf(work: Promise<unknown>): Promise<HttpFailure> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof HttpFailure) return error;
  throw error;
}

describe('sending', () => {
  it('returns the answer, whatever its status', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(418, { 'X-Tea': 'pot' }).end('short'),
    );
    const { status, headers, body } = await transport().send(request(url), 'only-if-not-received');
    expect([status, headers['x-tea'], Buffer.from(body).toString()]).toEqual([418, 'pot', 'short']);
  });

  it('has fewer requests under way when the network cannot take so many', async () => {
    let underWay = 0;
    let refused = 0;
    const { url } = await serve((_request, response) => {
      underWay += 1;
      setImmediate(() => {
        const isBusy = underWay > 4;
        underWay -= 1;
        refused += Number(isBusy);
        response.writeHead(isBusy ? 429 : 200).end();
      });
    });
    const busy = transport({ connections: 64, busyAttempts: 20 });
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => busy.send(request(url), 'only-if-not-received')),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(refused).toBeGreaterThan(0);
    // With all of them sent again and again, it is some five hundred.
    expect(refused).toBeLessThan(200);
  });

  it('refuses an answer over its limit of bytes without keeping it', async () => {
    const chunk = Buffer.alloc(1 << 20);
    const { url, count } = await serve((_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    const failure = await failureOf(transport().send(request(url), 'harmless'));
    expect([failure.kind, failure.sent, count()]).toEqual(['too-large', 'perhaps', 1]);
  });

  it('gives up on an answer that drips', async () => {
    const { url } = await serve((_request, response) => {
      const drip = setInterval(() => response.write('.'), 5);
      response.on('close', () => clearInterval(drip));
    });
    const failure = await failureOf(transport({ requestTimeoutMs: 60 }).send(request(url), 'harmless'));
    expect([failure.kind, failure.sent]).toEqual(['timeout', 'perhaps']);
  });
});

describe('a busy network', () => {
  it.each([429, 503])('is asked again after status %i, be it for an update', async (status) => {
    const { url, count } = await serve((_request, response, number) =>
      response.writeHead(number < 3 ? status : 200).end(),
    );
    const response = await transport().send(request(url), 'only-if-not-received');
    expect([response.status, count()]).toEqual([200, 3]);
  });

  it('is asked so many times and no more', async () => {
    const { url, count } = await serve((_request, response) => response.writeHead(503).end('busy'));
    const response = await transport().send(request(url), 'harmless');
    expect([response.status, count()]).toEqual([503, 3]);
  });

  it('is given the time it asks for, in seconds or as a date', async () => {
    const times: number[] = [];
    const { url } = await serve((_request, response, number) => {
      times.push(performance.now());
      const soon = new Date(Date.now() + 1_500).toUTCString();
      if (number === 1) response.writeHead(429, { 'Retry-After': '1' }).end();
      else if (number === 2) response.writeHead(503, { 'Retry-After': soon }).end();
      else response.end();
    });
    await transport().send(request(url), 'only-if-not-received');
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThan(990);
    // A date is in whole seconds, so up to one less than was asked for.
    expect(third - second).toBeGreaterThan(400);
  });

  it('is not waited for when it asks for too long', async () => {
    const { url, count } = await serve((_request, response) =>
      response.writeHead(429, { 'Retry-After': '3600' }).end(),
    );
    const response = await transport().send(request(url), 'harmless');
    expect([response.status, count()]).toEqual([429, 1]);
  });
});

describe('a gateway in trouble', () => {
  it.each([502, 504])('is asked again after %i only for what is harmless', async (status) => {
    const { url, count } = await serve((_request, response) => response.writeHead(status).end());
    await transport().send(request(url), 'only-if-not-received');
    expect(count()).toBe(1);
    await transport().send(request(url), 'harmless');
    expect(count()).toBe(4);
  });
});

describe('a connection', () => {
  it('that breaks is made again only for what is harmless', async () => {
    const { url, count } = await serve((incoming) => incoming.socket.destroy());
    const failure = await failureOf(transport().send(request(url), 'only-if-not-received'));
    expect([failure.kind, failure.sent, count()]).toEqual(['broken', 'perhaps', 1]);
    await failureOf(transport().send(request(url), 'harmless'));
    expect(count()).toBe(4);
  });

  it('that is refused is tried again for anything, and certainly sent nothing', async () => {
    const listener = createTcpServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    const startedAt = performance.now();
    const url = new URL(`http://127.0.0.1:${port}/`);
    const failure = await failureOf(
      transport({ firstPauseMs: 20, longestPauseMs: 20 }).send(request(url), 'only-if-not-received'),
    );
    expect([failure.kind, failure.sent]).toEqual(['unreachable', 'certainly-not']);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(performance.now() - startedAt).toBeGreaterThan(19);
  });

  it('that is kept is used by one request after the other', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await serve((incoming, response) => {
      ports.add(incoming.socket.remotePort);
      response.end();
    });
    const shared = transport();
    for (let count = 0; count < 5; count += 1) await shared.send(request(url), 'harmless');
    // A connection counts as free a moment after its answer, so the second request may take another.
    expect(ports.size).toBeLessThanOrEqual(2);
  });
});

describe('stopping', () => {
  it('ends a request that waits for its answer, at once', async () => {
    const stop = new AbortController();
    const { url } = await serve(() => stop.abort());
    const startedAt = performance.now();
    const failure = await failureOf(transport().send(request(url, { signal: stop.signal }), 'harmless'));
    expect([failure.kind, failure.sent]).toEqual(['stopped', 'perhaps']);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it('ends a request that waits for a connection, which then was not sent', async () => {
    const stop = new AbortController();
    const { url, count } = await serve(() => stop.abort());
    const single = transport({ connections: 1 });
    const first = failureOf(single.send(request(url), 'only-if-not-received'));
    const second = failureOf(single.send(request(url, { sendSignal: stop.signal }), 'only-if-not-received'));
    expect(await second).toMatchObject({ kind: 'stopped', sent: 'certainly-not' });
    await single.close();
    expect((await first).kind).toBe('broken');
    expect(count()).toBe(1);
  });

  it('of sending has no effect once the request is sent', async () => {
    const stop = new AbortController();
    const { url } = await serve((_request, response) => {
      stop.abort();
      setImmediate(() => response.end('done'));
    });
    const response = await transport().send(
      request(url, { sendSignal: stop.signal }),
      'only-if-not-received',
    );
    expect(Buffer.from(response.body).toString()).toBe('done');
  });

  it.each(['signal', 'sendSignal'])('by %s ends a pause between two attempts', async (name) => {
    const stop = new AbortController();
    const { url, count } = await serve((_request, response) => {
      response.writeHead(503, { 'Retry-After': '2' }).end();
      setTimeout(() => stop.abort(), 20);
    });
    const startedAt = performance.now();
    const failure = await failureOf(
      transport().send(request(url, { [name]: stop.signal }), 'only-if-not-received'),
    );
    expect([failure.kind, failure.sent, count()]).toEqual(['stopped', 'certainly-not', 1]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('beforehand sends nothing', async () => {
    const { url, count } = await serve((_request, response) => response.end());
    const failure = await failureOf(
      transport().send(request(url, { signal: AbortSignal.abort() }), 'harmless'),
    );
    expect([failure.kind, failure.sent, count()]).toEqual(['stopped', 'certainly-not', 0]);
  });

  it('ends everything when the transport closes, without another attempt', async () => {
    const shared = transport();
    const { url, count } = await serve(() => void shared.close());
    expect((await failureOf(shared.send(request(url), 'harmless'))).kind).toBe('broken');
    expect((await failureOf(shared.send(request(url), 'harmless'))).sent).toBe('certainly-not');
    expect(count()).toBe(1);
  });
});
