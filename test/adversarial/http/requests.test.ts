// Requests that are not what HTTP, this service, or its owner wants: each is refused with its code, before anything of it
// is done, and the next good one is answered.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '#src/bridge/errors.js';
import { AttackedService, NO_HASH, NO_ID } from './support/attacked-service.js';
import { RawConnection, sendRaw } from './support/raw-client.js';

let service: AttackedService;
let before: Record<string, string>;

beforeAll(async () => {
  service = await AttackedService.start({
    origins: ['https://panel.example.org'],
    requests: { perMinute: 100_000, bodyBytes: 64 * 1024 },
  });
  before = service.kept();
});
afterEach(async () => {
  await service.expectGood();
  expect(service.kept()).toEqual(before);
});
afterAll(() => service[Symbol.asyncDispose]());

/** A request with the token of an admin, whatever else is in it. */
function asAdmin(line: string, ...headers: readonly string[]): string {
  return [line, `Authorization: Bearer ${service.admin}`, ...headers, '', ''].join('\r\n');
}

const own = (): string => `Host: localhost:${service.port}`;

describe('whom a request is for', () => {
  test.each<readonly [string, () => string, ErrorCode]>([
    ['another host', () => asAdmin('GET /v1/session HTTP/1.1', 'Host: evil.example'), 'HOST_REFUSED'],
    ['another port', () => asAdmin('GET /v1/session HTTP/1.1', 'Host: localhost:1'), 'HOST_REFUSED'],
    ['no host', () => asAdmin('GET /v1/session HTTP/1.1'), 'HOST_REFUSED'],
    ['no host, in HTTP/1.0', () => asAdmin('GET /v1/session HTTP/1.0'), 'HOST_REFUSED'],
    ['an empty host', () => asAdmin('GET /v1/session HTTP/1.1', 'Host:'), 'HOST_REFUSED'],
    [
      'two hosts, the first its own',
      () => asAdmin('GET /v1/session HTTP/1.1', own(), 'Host: evil.example'),
      'HOST_REFUSED',
    ],
    [
      'two hosts, the last its own',
      () => asAdmin('GET /v1/session HTTP/1.1', 'hOST: evil.example', own()),
      'HOST_REFUSED',
    ],
    ['its own host twice', () => asAdmin('GET /v1/session HTTP/1.1', own(), own()), 'HOST_REFUSED'],
    ['a host with a user', () => asAdmin('GET /v1/session HTTP/1.1', 'Host: localhost@evil'), 'HOST_REFUSED'],
    ['a list of hosts', () => asAdmin('GET /v1/session HTTP/1.1', 'Host: localhost, evil'), 'HOST_REFUSED'],
    ['127.1', () => asAdmin('GET /v1/session HTTP/1.1', 'Host: 127.1'), 'HOST_REFUSED'],
    [
      'a target of another host',
      () => asAdmin('GET http://evil.example/v1/session HTTP/1.1', own()),
      'HOST_REFUSED',
    ],
    [
      'a target with a user',
      () => asAdmin(`GET http://localhost:${service.port}@evil.example/v1/session HTTP/1.1`, own()),
      'HOST_REFUSED',
    ],
    [
      'a target of another kind',
      () => asAdmin('GET ftp://localhost/v1/session HTTP/1.1', own()),
      'HOST_REFUSED',
    ],
    [
      'a path that cannot be read, for another host',
      () => asAdmin('GET /v1/runs/%zz HTTP/1.1', 'Host: evil'),
      'HOST_REFUSED',
    ],
    [
      'a page of another site',
      () => asAdmin('GET /v1/session HTTP/1.1', own(), 'Origin: https://evil.example'),
      'ORIGIN_REFUSED',
    ],
    ['a page of no site', () => asAdmin('GET /v1/session HTTP/1.1', own(), 'Origin: null'), 'ORIGIN_REFUSED'],
    [
      'a page of a site that begins like one of its own',
      () => asAdmin('GET /v1/session HTTP/1.1', own(), 'Origin: https://panel.example.org.evil.example'),
      'ORIGIN_REFUSED',
    ],
    [
      'a page of another port',
      () => asAdmin('GET /v1/session HTTP/1.1', own(), 'Origin: http://localhost:1'),
      'ORIGIN_REFUSED',
    ],
    [
      'two pages',
      () =>
        asAdmin(
          'GET /v1/session HTTP/1.1',
          own(),
          'Origin: https://panel.example.org',
          'Origin: https://evil',
        ),
      'REQUEST_INVALID',
    ],
    [
      'two tokens',
      () => asAdmin('GET /v1/session HTTP/1.1', own(), 'authorization: Bearer x'),
      'REQUEST_INVALID',
    ],
  ])('%s', async (_about, request, code) => {
    const [answer] = await sendRaw(service.port, request());
    service.expectProblem(answer as NonNullable<typeof answer>, code);
  });

  test('its own is answered, whatever form the target has', async () => {
    const line = `GET http://localhost:${service.port}/v1/session HTTP/1.1`;
    const [answer] = await sendRaw(service.port, asAdmin(line, own(), 'Origin: https://panel.example.org'));
    expect(answer?.status).toBe(200);
  });

  test('the page and the open routes are no way around', async () => {
    for (const path of ['/', '/healthz', '/readyz', '/metrics', '/v1/openapi.json', '/v1/nothing']) {
      const answer = await service.ask('GET', path, { headers: { host: 'evil.example' } });
      service.expectProblem(answer, 'HOST_REFUSED');
    }
  });
});

describe('requests that are two', () => {
  test.each<readonly [string, readonly string[]]>([
    [
      'a length and chunks',
      ['Content-Length: 5', 'Transfer-Encoding: chunked', '', '0\r\n\r\nGET /x HTTP/1.1'],
    ],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5', '', '0\r\n\r\n']],
    ['two lengths', ['Content-Length: 2', 'Content-Length: 4', '', '{}']],
    ['a list of lengths', ['Content-Length: 2, 4', '', '{}']],
    ['a length with a sign', ['Content-Length: +2', '', '{}']],
    ['a length in hex', ['Content-Length: 0x2', '', '{}']],
    ['a negative length', ['Content-Length: -1', '', '{}']],
    ['chunks, then not', ['Transfer-Encoding: chunked, identity', '', '2\r\n{}\r\n0\r\n\r\n']],
    ['something like chunks', ['Transfer-Encoding: xchunked', '', '2\r\n{}\r\n0\r\n\r\n']],
    ['a header that goes on in the next line', ['X-One: a', ' b: c', 'Content-Length: 2', '', '{}']],
    ['a space before the colon', ['Content-Length : 2', '', '{}']],
    ['a line that ends early', ['X-One: a\rContent-Length: 2', '', '{}']],
    ['a NUL in a header', ['X-One: a\0b', '', '']],
    ['a header without a name', [': a', '', '']],
  ])('%s', async (_about, lines) => {
    const connection = await RawConnection.open(service.port);
    const type = 'Content-Type: application/json';
    const line = 'POST /v1/runs HTTP/1.1';
    connection.send(asAdmin(line, own(), type).slice(0, -2) + lines.join('\r\n'));
    connection.send(asAdmin('GET /v1/session HTTP/1.1', own()));
    await connection.closed;
    // The one behind it is part of what is refused, and is not answered.
    expect(connection.answers().map(({ status }) => status)).toEqual([400]);
    service.expectProblem(connection.answers()[0] as never, 'REQUEST_INVALID');
  });

  test.each([
    ['a size that is none', 'xyz\r\n{}\r\n0\r\n\r\n'],
    ['a size with a sign', '-2\r\n{}\r\n0\r\n\r\n'],
    ['a size beyond any', 'fffffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
    ['a chunk that is longer than it says', '1\r\n{}\r\n0\r\n\r\n'],
  ])('chunks of %s', async (_about, body) => {
    const connection = await RawConnection.open(service.port);
    const headers = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
    connection.send(asAdmin('POST /v1/runs HTTP/1.1', own(), ...headers) + body);
    await connection.closed;
    expect(connection.answers()).toHaveLength(1);
    service.expectProblem(connection.answers()[0] as never, 'REQUEST_INVALID');
  });

  test('what is left of a refused body is not taken for a request', async () => {
    const connection = await RawConnection.open(service.port);
    const hidden = asAdmin('GET /v1/session HTTP/1.1', own());
    connection.send(
      `${service.head('POST', '/v1/runs', { headers: { 'content-length': '500' } })}\r\n${hidden}`,
    );
    await connection.closed;
    expect(connection.answers().map(({ status }) => status)).toEqual([401]);
  });
});

test('questions one after another, or all at once, are answered on one connection', async () => {
  const connection = await RawConnection.open(service.port);
  const question = asAdmin('GET /v1/session HTTP/1.1', own());
  for (let count = 0; count < 3; count += 1) {
    connection.send(question);
    expect((await connection.answer())?.headers['connection']).not.toBe('close');
  }
  connection.send(question.repeat(200));
  await connection.until(() => connection.answers().length === 203);
  connection.end();
  expect(new Set(connection.answers().map(({ status }) => status))).toEqual(new Set([200]));
});

describe('what is no request', () => {
  test.each<readonly [string, () => string, ErrorCode | undefined]>([
    ['bytes', () => '\x00\x01\x02\r\n\r\n', 'REQUEST_INVALID'],
    ['the beginning of TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'REQUEST_INVALID'],
    ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', undefined],
    ['a method that there is not', () => asAdmin('HACK /v1/session HTTP/1.1', own()), 'REQUEST_INVALID'],
    ['a version that there is not', () => asAdmin('GET /v1/session HTTP/9.9', own()), 'REQUEST_INVALID'],
    ['CONNECT', () => asAdmin('CONNECT evil.example:80 HTTP/1.1', own()), undefined],
    ['TRACE', () => asAdmin('TRACE /v1/session HTTP/1.1', own()), 'ROUTE_NOT_FOUND'],
    [
      'DELETE of what can only be read',
      () => asAdmin('DELETE /v1/session HTTP/1.1', own()),
      'ROUTE_NOT_FOUND',
    ],
    ['OPTIONS of all', () => asAdmin('OPTIONS * HTTP/1.1', own()), undefined],
    [
      'a path of a character that is none',
      () => asAdmin('GET /v1/runs/%zz HTTP/1.1', own()),
      'REQUEST_INVALID',
    ],
    ['a path that is not UTF-8', () => asAdmin('GET /v1/runs/%c0%ae HTTP/1.1', own()), 'REQUEST_INVALID'],
    [
      'headers of 20 KB',
      () => asAdmin('GET /v1/session HTTP/1.1', own(), `X-Long: ${'a'.repeat(20_000)}`),
      'HEADERS_TOO_LARGE',
    ],
    [
      'a thousand headers',
      () => asAdmin('GET /v1/session HTTP/1.1', own(), ...Array(1000).fill('X-Many: aaaaaaaaaaaa')),
      'HEADERS_TOO_LARGE',
    ],
    [
      'an address of 20 KB',
      () => asAdmin(`GET /v1/runs?state=${'a'.repeat(20_000)} HTTP/1.1`, own()),
      'HEADERS_TOO_LARGE',
    ],
  ])('%s', async (_about, request, code) => {
    const connection = await RawConnection.open(service.port);
    connection.send(request());
    const answer = await connection.answer();
    connection.end();
    if (code === undefined) expect(answer?.status ?? 400).toBeGreaterThanOrEqual(400);
    else service.expectProblem(answer as NonNullable<typeof answer>, code);
  });

  test('an upgrade to something else is not made', async () => {
    const answer = await service.ask('GET', '/v1/session', {
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    });
    service.expectProblem(answer, 'UNAUTHENTICATED');
  });
});

describe('paths that lead elsewhere', () => {
  test.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/assets/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..\\..\\etc\\passwd',
    '//etc/passwd',
    '/index.html',
    '/.git/config',
    '/data/store.db',
    '/v1//session',
    '/V1/session',
    '/v1/session/',
    '/v1/runs/../session',
    `/v1/runs/${NO_ID}/../../session`,
  ])('%s is nothing', async (path) => {
    service.expectProblem(await service.ask('GET', path, { token: service.admin }), 'ROUTE_NOT_FOUND');
  });

  test.each([
    ['/v1/runs/', '..%2f..%2fetc%2fpasswd'],
    ['/v1/runs/', `${NO_ID}%00`],
    ['/v1/runs/', `${NO_ID}%0a`],
    ['/v1/runs/', NO_ID.toUpperCase().replace('0190', 'ABCD')],
    ['/v1/runs/', `${NO_ID};x=1`],
    ['/v1/runs/', '1%20OR%201=1'],
    ['/v1/runs/', '__proto__'],
    ['/v1/runs/', 'x'.repeat(2000)],
    ['/v1/batches/', "';DROP TABLE runs;--"],
    ['/v1/plugins/', '..%2f..%2fstore.db'],
    ['/v1/plugins/', NO_HASH.replaceAll('0', 'A')],
    ['/v1/plugins/', `${NO_HASH}0`],
    ['/v1/bundles/', `..%2fplugins%2f${NO_HASH.slice(20)}`],
    ['/v1/bundles/', `${NO_HASH}%2f..`],
  ])('%s%s is no id', async (prefix, id) => {
    const answer = await service.ask('GET', `${prefix}${id}`, { token: service.admin });
    service.expectProblem(answer, 'REQUEST_INVALID');
  });

  test.each([
    '/v1/runs?limit=0',
    '/v1/runs?limit=1001',
    '/v1/runs?limit=1&limit=2',
    '/v1/runs?limit=NaN',
    '/v1/runs?before=-1',
    '/v1/runs?before=0',
    '/v1/runs?before=1e3',
    '/v1/runs?before=9999999999999999',
    '/v1/runs?before=1%27--',
    '/v1/runs?state=__proto__',
    '/v1/runs?state=constructor',
    '/v1/runs?state=queued,',
    `/v1/runs?state=${'queued,'.repeat(100)}queued`,
    '/v1/runs?from=yesterday',
    '/v1/runs?from=2026-02-30T25:00:00Z',
    '/v1/runs?from=2026-06-30T23:59:60Z',
    '/v1/batches?to=2026-06-30T23:59:60Z',
    '/v1/totals?from=2026-06-30T23:59:60Z',
    '/v1/totals?from=2026-01-01T00:00:00Z&to=2026-06-30T23:59:60Z',
    '/v1/totals?from=2026-01-01T00:00:00Z&spans=1001',
    '/v1/totals',
    '/v1/runs?nothing=1',
    '/v1/runs?a%00b=1',
    '/v1/runs?plugin=%00',
    '/v1/runs?canister=%F0',
    '/v1/audit?limit=-1',
    `/v1/audit?actor=${'a'.repeat(201)}`,
    '/v1/events?after=-1',
    '/v1/events?after=x',
  ])('%s is no question', async (path) => {
    service.expectProblem(await service.ask('GET', path, { token: service.admin }), 'REQUEST_INVALID');
  });

  test.each([
    '/v1/runs?__proto__[limit]=1',
    '/v1/runs?before=999999999999999',
    '/v1/totals?from=0001-01-01T00:00:00Z&spans=1000',
    '/v1/totals?from=9999-12-31T23:59:59Z',
    "/v1/audit?subject=';DROP%20TABLE%20audit;--",
  ])('%s has an answer of nothing', async (path) => {
    const { status, body } = await service.ask('GET', path, { token: service.admin });
    expect([200, 400]).toContain(status);
    if (status === 200) expect(JSON.parse(body).items).toEqual([]);
  });
});
