// Clients that send slowly, stop, or never take what they asked for: their connections end, nothing is kept of what they
// sent, and others are served meanwhile.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { watPlugin } from '../../support/wat-plugin.js';
import {
  AttackedService,
  GRANTED,
  NO_ID,
  openDescriptors,
  unfinishedIn,
} from './support/attacked-service.js';
import { RawConnection } from './support/raw-client.js';

const TIMEOUT_MS = 500;
const STREAMS = 3;
/** Beside those of readers of events: see http-server.ts. */
const OTHER_CONNECTIONS = 256;

let service: AttackedService;
let member: string;
let plugin: string;
let before: Record<string, string>;

beforeAll(async () => {
  service = await AttackedService.start({
    requests: { perMinute: 100_000, timeoutMs: TIMEOUT_MS, eventStreams: STREAMS },
  });
  member = service.token(['run']);
  plugin = await service.plugin(await watPlugin());
  before = service.kept();
});
afterEach(async () => {
  await service.expectGood();
  await vi.waitFor(() => expect(unfinishedIn(service.running.folder)).toEqual([]));
  expect(service.kept()).toEqual(before);
});
afterAll(() => service[Symbol.asyncDispose]());

/** Sends a byte every now and then, for as long as anybody listens. */
function drip(connection: RawConnection, text: () => string, everyMs = 40): void {
  const timer = setInterval(() => connection.send(text()), everyMs);
  void connection.closed.then(() => clearInterval(timer));
}

const json = { 'content-type': 'application/json', 'content-length': '100000' };
const wasm = { 'content-type': 'application/wasm', 'content-length': '100000' };

describe('a request ends that', () => {
  test.each<readonly [string, (connection: RawConnection) => void]>([
    ['is not begun', () => undefined],
    ['stops within its first line', (connection) => connection.send('GET /v1/ses')],
    ['stops within its headers', (connection) => connection.send(service.head('GET', '/v1/session'))],
    [
      'drips its headers',
      (connection) => {
        connection.send(service.head('GET', '/v1/session'));
        drip(connection, () => 'x-more: x\r\n');
      },
    ],
  ])('%s', async (_about, begin) => {
    const connection = await RawConnection.open(service.port);
    begin(connection);
    service.expectProblem((await connection.answer()) as never, 'REQUEST_TIMEOUT');
    await connection.closed;
  });

  test.each<readonly [string, (connection: RawConnection) => void]>([
    ['has half of its body', (connection) => connection.send('{"runs":')],
    ['has none of its body', () => undefined],
    ['drips its body', (connection) => drip(connection, () => ' ')],
  ])('%s', async (_about, begin) => {
    const attempt = async (path: string): Promise<void> => {
      const connection = await RawConnection.open(service.port);
      connection.send(`${service.head('POST', path, { token: member, headers: json })}\r\n`);
      begin(connection);
      service.expectProblem((await connection.answer()) as never, 'REQUEST_TIMEOUT');
      await connection.closed;
    };
    await Promise.all(['/v1/runs', '/v1/batches', '/v1/plugins/fetch'].map(attempt));
  });

  test('drips chunks', async () => {
    const connection = await RawConnection.open(service.port);
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    connection.send(`${service.head('POST', '/v1/runs', { token: member, headers })}\r\n`);
    drip(connection, () => '1\r\n \r\n');
    service.expectProblem((await connection.answer()) as never, 'REQUEST_TIMEOUT');
    await connection.closed;
  });

  test.each([
    ['GET', '/v1/session', 200],
    ['POST', `/v1/runs/${NO_ID}/cancel`, 404],
    ['POST', '/v1/nothing', 404],
    ['POST', '/healthz', 404],
    ['POST', '/v1/session', 404],
  ])('%s %s has a body that never comes, and is asked for by nobody', async (method, path, status) => {
    const connection = await RawConnection.open(service.port);
    const headers = { 'content-length': '100000' };
    connection.send(`${service.head(method, path, { token: member, headers })}\r\n`);
    drip(connection, () => 'x');
    await connection.closed;
    const statuses = connection.answers().map((answer) => answer.status);
    // A body of no type is waited for where one may be, and not taken.
    expect([[status], [408], [415]]).toContainEqual(statuses);
  });

  test.each(['/v1/runs', '/v1/plugins', '/v1/bundles'])(
    'is for %s, and not from anybody who may: before its body',
    async (path) => {
      for (const token of [undefined, 'x', service.token(['read'])]) {
        const connection = await RawConnection.open(service.port);
        const headers = path === '/v1/runs' ? json : { ...wasm, 'content-type': 'application/octet-stream' };
        const question = token === undefined ? { headers } : { token, headers };
        connection.send(`${service.head('POST', path, question)}\r\n`);
        const answer = await connection.answer();
        await connection.closed;
        expect([401, 403]).toContain(answer?.status);
      }
    },
  );
});

test('large bodies begun all at once are refused beyond four, for that token alone', async () => {
  await using patient = await AttackedService.start({ requests: { bodyBytes: 200_000, timeoutMs: 20_000 } });
  const [member, other] = [patient.token(['run']), patient.token(['run'])];
  const begin = async (headers: Readonly<Record<string, string>>): Promise<RawConnection> => {
    const connection = await RawConnection.open(patient.port);
    const question = { token: member, headers: { 'content-type': 'application/json', ...headers } };
    connection.send(`${patient.head('POST', '/v1/runs', question)}\r\n`);
    return connection;
  };
  const begun: RawConnection[] = [];
  for (const announced of [{ 'content-length': '200000' }, { 'transfer-encoding': 'chunked' }]) {
    for (let count = 0; count < 2; count += 1) begun.push(await begin(announced));
  }
  await vi.waitFor(async () => {
    patient.expectProblem(await patient.post('/v1/runs', {}, member), 'TOO_MUCH_AT_ONCE');
  });
  patient.expectProblem(await patient.post('/v1/runs', {}, other), 'REQUEST_INVALID');
  for (const connection of begun) connection.end();
  await vi.waitFor(async () => {
    patient.expectProblem(await patient.post('/v1/runs', {}, member), 'REQUEST_INVALID');
  });
});

describe('an upload', () => {
  test.each([
    ['/v1/plugins', 0],
    ['/v1/plugins', 60_000],
    ['/v1/bundles', 60_000],
  ])('to %s ends that stands still after %i bytes', async (path, bytes) => {
    const connection = await RawConnection.open(service.port);
    const headers = { ...wasm, 'content-type': 'application/octet-stream' };
    connection.send(`${service.head('POST', path, { token: member, headers })}\r\n`);
    connection.send(Buffer.alloc(bytes));
    await connection.closed;
    expect(connection.answers()).toEqual([]);
  });

  test('that takes its time, and goes on, is taken', async () => {
    const bytes = await watPlugin();
    const connection = await RawConnection.open(service.port);
    const headers = { ...wasm, 'content-length': String(bytes.length) };
    connection.send(`${service.head('POST', '/v1/plugins', { token: member, headers })}\r\n`);
    let sent = 0;
    const step = Math.ceil(bytes.length / 12);
    const began = performance.now();
    const timer = setInterval(() => {
      connection.send(bytes.slice(sent, sent + step));
      sent += step;
    }, TIMEOUT_MS / 8);
    const answer = await connection.answer();
    clearInterval(timer);
    connection.end();
    expect(answer?.status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(TIMEOUT_MS);
  });
});

describe('event streams', () => {
  const open = async (
    path: string,
    token = member,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RawConnection> => {
    const connection = await RawConnection.open(service.port);
    connection.send(`${service.head('GET', path, { token, headers })}\r\n`);
    await connection.until((received) => received.includes('\r\n\r\n'));
    return connection;
  };

  test('beyond their number are refused, and have a place again when another ends', async () => {
    const streams = [];
    for (let count = 0; count < STREAMS; count += 1) streams.push(await open('/v1/events'));
    for (const path of ['/v1/events', '/v1/events?after=0']) {
      service.expectProblem(await service.ask('GET', path, { token: service.admin }), 'TOO_MANY_STREAMS');
    }
    for (const stream of streams) {
      expect(stream.received).toContain('text/event-stream');
      expect(stream.received).toContain('x-content-type-options: nosniff');
      stream.end();
    }
    await vi.waitFor(async () => {
      const again = await open('/v1/events');
      again.end();
      expect(again.received).toMatch(/^HTTP\/1\.1 200/);
    });
  });

  test.each(['-1', '1.5', '1e3', 'x', '', ' ', '0x1', '1, 2', '9'.repeat(16), 'NaN', '__proto__', "1'--"])(
    'that begin behind %j are refused',
    async (id) => {
      const headers = { 'last-event-id': id };
      service.expectProblem(
        await service.ask('GET', '/v1/events', { token: member, headers }),
        'REQUEST_INVALID',
      );
    },
  );

  test.each(['9'.repeat(15), '000000000000000'])('that begin behind %s go on', async (id) => {
    const wanted = { plugin, network: 'nowhere', identity: 'deployer', canister: GRANTED };
    const stream = await open('/v1/events', member, { 'last-event-id': id });
    const made = JSON.parse((await service.post('/v1/runs', wanted, member)).body).id;
    await stream.until((received) => received.includes('run-finished') && received.includes(made));
    stream.end();
    expect(stream.received).toContain(made);
  });

  test('end when their token is revoked', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const { token, secret } = service.running.service.store.tokens.create({
        name: 'leaves',
        scopes: ['read'],
      });
      const [leaves, stays] = [await open('/v1/events', secret), await open('/v1/events')];
      vi.advanceTimersByTime(20_000);
      await leaves.until((received) => received.includes('\n:\n'));
      service.running.service.store.tokens.revoke(token.id);
      vi.advanceTimersByTime(20_000);
      await leaves.closed;
      await stays.until((received) => (received.match(/\n:\n/g) ?? []).length >= 2);
      expect(stays.socket.destroyed).toBe(false);
      stays.end();
    } finally {
      vi.useRealTimers();
    }
  });
});

test('more connections than there may be make room for others when their time is over', async () => {
  const held: RawConnection[] = [];
  for (let count = 0; count < OTHER_CONNECTIONS + STREAMS + 20; count += 1) {
    held.push(await RawConnection.open(service.port));
  }
  await Promise.all(held.map(({ closed }) => closed));
  await service.expectGood();
});

test('nothing stays open of five hundred requests that were cut', async () => {
  await service.expectGood();
  const { service: inside } = service.running;
  const descriptors = openDescriptors();
  const memory = process.memoryUsage.rss();
  for (let round = 0; round < 20; round += 1) {
    const cut = await Promise.all(
      Array.from({ length: 25 }, async (_, index) => {
        const connection = await RawConnection.open(service.port);
        const path = ['/v1/plugins', '/v1/bundles', '/v1/runs', '/v1/events', '/v1/session'][
          index % 5
        ] as string;
        const isRead = path === '/v1/events' || path === '/v1/session';
        const headers = path === '/v1/runs' ? json : { ...wasm, 'content-type': 'application/octet-stream' };
        const question = isRead ? { token: member } : { token: member, headers };
        connection.send(`${service.head(isRead ? 'GET' : 'POST', path, question)}\r\n`);
        if (!isRead) connection.send(Buffer.alloc(30_000));
        return connection;
      }),
    );
    for (const connection of cut) {
      if (round % 2 === 0) connection.socket.resetAndDestroy();
      else connection.end();
      await connection.closed;
    }
  }
  await vi.waitFor(() => expect(openDescriptors()).toBeLessThanOrEqual(descriptors), { timeout: 5000 });
  expect(process.memoryUsage.rss() - memory).toBeLessThan(150 * 1024 * 1024);
  expect(inside.bundles.usedBytes).toBe(0);
});
