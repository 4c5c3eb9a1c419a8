// Uploads that are no plugins or no archives, that would be written elsewhere, that are cut off, or are not what they say:
// nothing of them is kept, and nothing of what is kept is changed.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ErrorCode } from '#src/bridge/errors.js';
import { tarOf } from '../../support/tar-bytes.js';
import { sha256 } from '../../support/tree-snapshot.js';
import { watPlugin } from '../../support/wat-plugin.js';
import { zipOf } from '../../support/zip-bytes.js';
import { HOSTILE_ARCHIVES } from '../archives/hostile-archives.js';
import { AttackedService, GRANTED, NO_HASH, unfinishedIn } from './support/attacked-service.js';
import { type RawAnswer, RawConnection } from './support/raw-client.js';

const MALFORMED = new URL('../../../fixtures/build/malformed/', import.meta.url);
const PLUGIN_BYTES = 200_000;

let service: AttackedService;
let member: string;
let plugin: Uint8Array;
let before: Record<string, string>;

beforeAll(async () => {
  service = await AttackedService.start({
    requests: { perMinute: 100_000, timeoutMs: 5000 },
    uploads: {
      pluginBytes: PLUGIN_BYTES,
      bundleBytes: 40_000_000,
      unpackedBytes: 30_000_000,
      bundleEntries: 100,
    },
  });
  member = service.token(['run']);
  plugin = await watPlugin();
  await service.plugin(plugin);
  const archive = tarOf({ name: 'kept.txt', content: 'kept' });
  expect((await upload('/v1/bundles', archive, 'application/x-tar')).status).toBe(201);
  before = service.kept();
});
afterEach(async () => {
  await service.expectGood();
  expect(service.kept()).toEqual(before);
});
afterAll(() => service[Symbol.asyncDispose]());

function upload(path: string, body: Uint8Array | string, type: string): Promise<RawAnswer> {
  return service.ask('POST', path, { token: member, body, type });
}

describe('an archive', () => {
  const own = HOSTILE_ARCHIVES.filter(
    ({ limits, archive }) => limits === undefined && archive.length < 1_000_000,
  );

  test('there are as many as there were', () => {
    expect(own.length).toBeGreaterThan(150);
  });

  test.each(own)('with $title is refused', async ({ archive, refusedBy }) => {
    const used = service.running.service.bundles.usedBytes;
    const answer = await upload('/v1/bundles', archive, 'application/octet-stream');
    const { code, details } = JSON.parse(answer.body);
    expect([details.rule ?? details.setting, code]).toEqual([
      // The limits of this service are lower than those of the archives.
      refusedBy === 'entries' || code === 'BUNDLE_LIMIT_EXCEEDED' ? details.setting : refusedBy,
      code === 'BUNDLE_LIMIT_EXCEEDED' ? code : 'BUNDLE_REFUSED',
    ]);
    service.expectProblem(answer, code);
    expect(answer.body).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(service.running.service.bundles.usedBytes).toBe(used);
  });

  test.each<readonly [string, () => Buffer, ErrorCode]>([
    ['nothing', () => Buffer.alloc(0), 'BUNDLE_FORMAT_UNKNOWN'],
    ['a text', () => Buffer.from('no archive'), 'BUNDLE_FORMAT_UNKNOWN'],
    ['a plugin', () => Buffer.from(plugin), 'BUNDLE_FORMAT_UNKNOWN'],
    ['gzip of a text', () => gzipSync('no archive'), 'BUNDLE_REFUSED'],
    [
      'a hundred files and one',
      () => tarOf(...Array.from({ length: 101 }, (_, index) => ({ name: `f${index}`, content: '' }))),
      'BUNDLE_LIMIT_EXCEEDED',
    ],
    [
      'a file in 200 folders',
      () => tarOf({ name: `${'a/'.repeat(40)}b`, content: 'x' }),
      'BUNDLE_LIMIT_EXCEEDED',
    ],
    [
      '29 MB of zeros in a tar.gz',
      () => gzipSync(tarOf({ name: 'zeros', content: Buffer.alloc(29_000_000) })),
      'BUNDLE_LIMIT_EXCEEDED',
    ],
    [
      '29 MB of zeros in a zip',
      () => zipOf([{ name: 'zeros', content: Buffer.alloc(29_000_000) }]),
      'BUNDLE_LIMIT_EXCEEDED',
    ],
    [
      '31 MB of zeros in a tar',
      () => tarOf({ name: 'zeros', content: Buffer.alloc(31_000_000) }),
      'BUNDLE_LIMIT_EXCEEDED',
    ],
  ])('of %s is refused', async (_about, archive, code) => {
    service.expectProblem(await upload('/v1/bundles', archive(), 'application/x-tar'), code);
  });
});

describe('a plugin', () => {
  test.each<readonly [string, () => Uint8Array, ErrorCode]>([
    ['nothing', () => Buffer.alloc(0), 'NOT_WASM'],
    ['a shell script', () => readFileSync(new URL('not-wasm.wasm', MALFORMED)), 'NOT_WASM'],
    ['a core module', () => readFileSync(new URL('core-module.wasm', MALFORMED)), 'CORE_MODULE'],
    ['half of one', () => readFileSync(new URL('cut-short.wasm', MALFORMED)), 'COMPONENT_INVALID'],
    ['one with a bit turned', () => turned(plugin), 'COMPONENT_INVALID'],
    ['one without exec', () => readFileSync(new URL('no-exec.wasm', MALFORMED)), 'EXPORT_MISSING'],
    [
      'one with another exec',
      () => readFileSync(new URL('wrong-exec-type.wasm', MALFORMED)),
      'EXPORT_MISMATCH',
    ],
    [
      'one with another call',
      () => readFileSync(new URL('wrong-call-type.wasm', MALFORMED)),
      'IMPORT_MISMATCH',
    ],
    [
      'one of version 0.3',
      () => readFileSync(new URL('interface-0-3.wasm', MALFORMED)),
      'UNSUPPORTED_INTERFACE',
    ],
    [
      'one that imports more',
      () => readFileSync(new URL('imports-unknown.wasm', MALFORMED)),
      'IMPORT_DENIED',
    ],
    [
      'another component',
      () => readFileSync(new URL('other-component.wasm', MALFORMED)),
      'UNSUPPORTED_INTERFACE',
    ],
  ])('that is %s is refused', async (_about, bytes, code) => {
    const name = encodeURIComponent('<script>alert(1)</script>');
    service.expectProblem(await upload(`/v1/plugins?name=${name}`, bytes(), 'application/wasm'), code);
  });

  test('that declares a million small things is refused before they are all read', async () => {
    await using large = await AttackedService.start();
    const token = large.token(['run']);
    for (const section of [sections(1_100_000), coreNames(110_000), types(1_100_000)]) {
      const body = Buffer.concat([plugin, section]);
      const answer = await large.ask('POST', '/v1/plugins', { token, body, type: 'application/wasm' });
      large.expectProblem(answer, 'COMPONENT_INVALID');
      expect(JSON.parse(answer.body).details.reason).toBe('it declares more than a plugin can have use for');
    }
    await large.expectGood();
  });

  test.each([
    ['name=a%00b'],
    ['name=a%0ab'],
    ['name='],
    [`name=${'x'.repeat(201)}`],
    [`sha256=${NO_HASH.slice(1)}`],
    [`sha256=${'A'.repeat(64)}`],
    ['sha256=../../x'],
    ['folder=/etc'],
  ])('with ?%s is refused', async (query) => {
    service.expectProblem(
      await upload(`/v1/plugins?${query}`, plugin, 'application/wasm'),
      'REQUEST_INVALID',
    );
  });

  test('that was disabled stays so, whoever uploads it again', async () => {
    const hash = sha256(plugin);
    const ask = (enabled: boolean): Promise<RawAnswer> =>
      service.ask('PATCH', `/v1/plugins/${hash}`, {
        token: service.admin,
        body: JSON.stringify({ enabled }),
      });
    expect((await ask(false)).status).toBe(200);
    expect((await upload('/v1/plugins?name=other', plugin, 'application/wasm')).status).toBe(200);
    const run = { plugin: hash, network: 'nowhere', identity: 'deployer', canister: GRANTED };
    service.expectProblem(await service.post('/v1/runs', run, member), 'PLUGIN_DISABLED');
    service.expectProblem(await service.post('/v1/batches', { runs: [run] }, member), 'PLUGIN_DISABLED');
    expect((await ask(true)).status).toBe(200);
  });

  test('that a run names is not deleted', async () => {
    const hash = sha256(plugin);
    const run = { plugin: hash, network: 'nowhere', identity: 'deployer', canister: GRANTED };
    const { body } = await service.post('/v1/runs', run, member);
    service.expectProblem(
      await service.ask('DELETE', `/v1/plugins/${hash}`, { token: service.admin }),
      'PLUGIN_IN_USE',
    );
    await service.ended(JSON.parse(body).id);
  });
});

describe('an upload', () => {
  test.each(['/v1/plugins', '/v1/bundles'])(
    'to %s that is not what it was said to be is refused',
    async (path) => {
      const answer = await upload(`${path}?sha256=${NO_HASH}`, plugin, 'application/octet-stream');
      service.expectProblem(answer, 'UPLOAD_HASH_MISMATCH');
    },
  );

  test('that is too large is refused, in one piece or in many', async () => {
    const large = Buffer.alloc(PLUGIN_BYTES + 1);
    const whole = await upload('/v1/plugins', large, 'application/wasm');
    service.expectProblem(whole, 'UPLOAD_TOO_LARGE');
    const connection = await RawConnection.open(service.port);
    const headers = { 'content-type': 'application/wasm', 'transfer-encoding': 'chunked' };
    connection.send(`${service.head('POST', '/v1/plugins', { token: member, headers })}\r\n`);
    for (let count = 0; count < 4; count += 1) connection.send(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
    service.expectProblem((await connection.answer()) as never, 'UPLOAD_TOO_LARGE');
    await connection.closed;
    await vi.waitFor(() => expect(unfinishedIn(service.running.folder)).toEqual([]));
  });

  test.each<readonly [string, (connection: RawConnection) => void]>([
    ['is cut', ({ socket }) => socket.resetAndDestroy()],
    ['is ended half-way', ({ socket }) => socket.end()],
  ])('that %s leaves nothing', async (_about, finish) => {
    for (const path of ['/v1/plugins', '/v1/bundles']) {
      const connection = await RawConnection.open(service.port);
      const headers = { 'content-type': 'application/octet-stream', 'content-length': '150000' };
      connection.send(`${service.head('POST', path, { token: member, headers })}\r\n`);
      connection.send(Buffer.alloc(70_000));
      await vi.waitFor(() => expect(unfinishedIn(service.running.folder)).toHaveLength(1));
      finish(connection);
      await connection.closed;
      await vi.waitFor(() => expect(unfinishedIn(service.running.folder)).toEqual([]));
    }
  });

  test('of the same garbage, many at once, takes no room for ever', async () => {
    await using small = await AttackedService.start({
      uploads: { totalBytes: 1_000_000, pluginBytes: 1_000_000 },
    });
    const token = small.token(['run']);
    const ask = (body: Uint8Array): Promise<RawAnswer> =>
      small.ask('POST', '/v1/plugins', { token, body, type: 'application/wasm' });
    for (let round = 0; round < 12; round += 1) {
      const garbage = Buffer.alloc(100_000, round);
      for (const { status } of await Promise.all(Array.from({ length: 8 }, () => ask(garbage)))) {
        expect(status).toBe(400);
      }
    }
    expect(unfinishedIn(small.running.folder)).toEqual([]);
    // All of the room is there.
    const answer = await ask(Buffer.alloc(999_000));
    small.expectProblem(answer, 'NOT_WASM');
    // And not more: what is said of it does not say where.
    const full = await small.ask('POST', '/v1/bundles', {
      token,
      body: tarOf({ name: 'much', content: Buffer.alloc(1_000_000) }),
      type: 'application/x-tar',
    });
    small.expectProblem(full, 'STORAGE_FULL');
    await small.expectGood();
  });
});

describe('a plugin fetched from', () => {
  let visits = 0;
  const inside = createServer((_request, response) => {
    visits += 1;
    response.end('secret');
  });
  beforeAll(() => new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve)));
  afterAll(() => inside.close());

  test.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'https://127.0.0.1:PORT/',
    'https://localhost:PORT/plugin.wasm',
    'https://127.1:PORT/',
    'https://2130706433:PORT/',
    'https://0x7f000001:PORT/',
    'https://0.0.0.0:PORT/',
    'https://[::1]:PORT/',
    'https://[::]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[64:ff9b::7f00:1]:PORT/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://172.16.0.1/',
    'https://100.64.0.1/',
    'https://user:secret@127.0.0.1:PORT/',
    'file:///etc/passwd',
    'ftp://127.0.0.1/x',
    'data:application/wasm;base64,AGFzbQ==',
    'javascript:alert(1)',
    'unix:/var/run/docker.sock',
    '//127.0.0.1/x',
    '/etc/passwd',
    'https://',
    'x'.repeat(2049),
  ])('%s is not fetched', async (template) => {
    const url = template.replace('PORT', String((inside.address() as AddressInfo).port));
    const answer = await service.post('/v1/plugins/fetch', { url, sha256: NO_HASH }, member);
    const { code } = JSON.parse(answer.body);
    expect(['DOWNLOAD_REFUSED', 'REQUEST_INVALID', 'DOWNLOAD_FAILED']).toContain(code);
    service.expectProblem(answer, code);
    expect(answer.body).not.toContain('secret');
    expect(visits).toBe(0);
  });
});

/** With one bit of the middle turned. */
function turned(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[9] = (copy[9] ?? 0) ^ 0xff;
  return copy;
}

/** So many custom sections without content. */
function sections(count: number): Buffer {
  return Buffer.alloc(count * 4, Buffer.from([0, 2, 1, 0x78]));
}

/** A core instance that exports so many names of four characters. */
function coreNames(count: number): Buffer {
  const items = Buffer.alloc(count * 7, Buffer.from([4, 0x61, 0x61, 0x61, 0x61, 0, 0]));
  return section(2, Buffer.concat([Buffer.from([1, 1]), unsigned(count), items]));
}

/** So many types that are a boolean. */
function types(count: number): Buffer {
  return section(7, Buffer.concat([unsigned(count), Buffer.alloc(count, 0x7f)]));
}

function section(id: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([id]), unsigned(content.length), content]);
}

/** LEB128. */
function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.from([...bytes, rest]);
}
