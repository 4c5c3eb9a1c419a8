// Bodies that are not what the schemas say, or that try to be more than data: each is refused with its code, and makes
// nothing.

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '#src/bridge/errors.js';
import { AttackedService, GRANTED, NO_HASH, NO_ID, OTHER } from './support/attacked-service.js';
import { RawConnection, sendRaw } from './support/raw-client.js';

const KEYED = new URL('../../../fixtures/build/seed-data-keyed.wasm', import.meta.url);
const BODY_BYTES = 512 * 1024;

let service: AttackedService;
let plugin: string;
let member: string;
let good: Readonly<Record<string, unknown>>;
let before: Record<string, string>;

beforeAll(async () => {
  service = await AttackedService.start(
    { requests: { perMinute: 100_000, bodyBytes: BODY_BYTES, timeoutMs: 5000 } },
    { canisters: { granted: [GRANTED] } },
  );
  plugin = await service.plugin(readFileSync(KEYED));
  member = service.token(['run'], { canisters: ['granted'] });
  good = { plugin, network: 'nowhere', identity: 'deployer', canister: GRANTED };
  before = service.kept();
});
afterEach(async () => {
  await service.expectGood();
  expect(service.kept()).toEqual(before);
  expect(Object.keys(Object.getOwnPropertyDescriptors(Object.prototype))).not.toContain('polluted');
});
afterAll(() => service[Symbol.asyncDispose]());

/** The good request as JSON, with `more` before its last brace. */
const withText = (more: string): string => `${JSON.stringify(good).slice(0, -1)},${more}}`;

/** What members of a run are not. */
const WRONG: readonly (readonly [string, unknown])[] = [
  ['canister', 1],
  ['canister', [GRANTED]],
  ['canister', { toString: GRANTED }],
  ['plugin', NO_HASH.toUpperCase().replace('0', 'A')],
  ['plugin', `${NO_HASH}\n`],
  ['network', 'nowhere\n'],
  ['network', 'nowhere\0'],
  ['network', ''],
  ['identity', '../../etc/passwd'],
  ['identity', 'x'.repeat(65)],
  ['identity', null],
  ['environment', 'a\0b'],
  ['environment', ''],
  ['environment', 'x'.repeat(201)],
  ['label', 'a\nb'],
  ['label', '\u001b[31m'],
  ['label', { html: '<script>' }],
  ['priority', 101],
  ['priority', 0.5],
  ['priority', '1'],
  ['priority', 1e308],
  ['limits', { computeBudgetMs: 0 }],
  ['limits', { computeBudgetMs: -1 }],
  ['limits', { computeBudgetMs: 1.5 }],
  ['limits', { computeBudgetMs: '1' }],
  ['limits', { computeBudgetMs: null }],
  ['limits', { memoryBytes: 1 }],
  ['limits', []],
  ['limits', { unknown: 1 }],
  ['files', 'all'],
  ['files', [1]],
  ['files', { a: 1 }],
  ['files', { 'a\nb': { toString: 'x' } }],
  ['files', { a: 'x'.repeat(1025) }],
  ['files', { a: '' }],
  ['dirs', [null]],
  ['dirs', Array(1001).fill('a')],
  ['fields', { a: 1 }],
  ['fields', { 'a\nb': 1 }],
  ['fields', { 'a\u2028b': {} }],
  ['fields', { a: 'x'.repeat(65_537) }],
  ['fields', Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}`, '']))],
  ['canisters', { a: 1 }],
  ['canisters', { 'a\nb': 1 }],
  ['canisters', { 'a\nb': { toString: GRANTED } }],
  ['canisterIds', { 'a\r': null }],
  ['proxy', ''],
  ['bundle', 'x'],
];

describe('a body of', () => {
  const nested = (open: string, close: string, depth: number): string =>
    `${open.repeat(depth)}1${close.repeat(depth)}`;
  test.each<readonly [string, () => string | Uint8Array]>([
    ['nothing', () => ''],
    ['a brace', () => '{'],
    ['null', () => 'null'],
    ['a list', () => '[]'],
    ['a text', () => '"{}"'],
    ['a number', () => '1'],
    ['no number', () => 'NaN'],
    ['two objects', () => `${JSON.stringify(good)}{}`],
    ['a comma too many', () => withText('')],
    ['a comment', () => withText('/* */"label":"x"')],
    ['quotes of another kind', () => "{'canister':'aaaaa-aa'}"],
    ['a NUL', () => '\0'],
    ['a NUL behind it', () => `${JSON.stringify(good)}\0`],
    ['a control character in a text', () => withText('"label":"a\x01b"')],
    ['UTF-16', () => Buffer.from(JSON.stringify(good), 'utf16le')],
    ['gzip', () => gzipSync(JSON.stringify(good))],
    ['lists in lists', () => withText(`"label":${nested('[', ']', 100_000)}`)],
    ['objects in objects', () => withText(`"fields":${nested('{"a":', '}', 50_000)}`)],
    ['lists in a field', () => withText(`"fields":{"a":${nested('[', ']', 100_000)}}`)],
    ['a prototype', () => withText('"__proto__":{"polluted":1}')],
    ['a prototype in escapes', () => withText('"\\u005f_proto__":{"polluted":1}')],
    ['a prototype in fields', () => withText('"fields":{"__proto__":"x"}')],
    ['a prototype in canisters', () => withText(`"canisters":{"__proto__":"${OTHER}"}`)],
    ['a prototype in canister ids', () => withText(`"canisterIds":{"__proto__":{"polluted":"x"}}`)],
    ['a prototype in files', () => withText('"bundle":null,"files":{"__proto__":{"polluted":"x"}}')],
    ['a prototype in limits', () => withText('"limits":{"__proto__":{"polluted":1}}')],
    [
      'a prototype far down',
      () => withText(`"fields":${'{"a":'.repeat(40_000)}{"__proto__":1}${'}'.repeat(40_000)}`),
    ],
    ['a prototype of the constructor', () => withText('"constructor":{"prototype":{"polluted":1}}')],
    ['a constructor as a limit', () => withText('"limits":{"constructor":1}')],
    ['what there is not', () => withText('"admin":true')],
  ])('%s is refused', async (_about, body) => {
    for (const path of ['/v1/runs', '/v1/batches', '/v1/plugins/fetch']) {
      service.expectProblem(
        await service.ask('POST', path, { token: service.admin, body: body() }),
        'REQUEST_INVALID',
      );
    }
  });

  test.each(WRONG.map(([name, value]) => [name, JSON.stringify(value).slice(0, 60), value] as const))(
    'a run whose %s is %s is refused',
    async (name, _shown, value) => {
      const before = service.running.service.store.history.runs({}).items.length;
      for (const [path, body] of [
        ['/v1/runs', { ...good, [name]: value }],
        ['/v1/batches', { runs: [good, { ...good, [name]: value }] }],
        [
          '/v1/batches',
          {
            runs: [good],
            ...(name === 'canister' || name === 'label'
              ? { [name]: value }
              : { defaults: { [name]: value } }),
          },
        ],
      ] as const) {
        service.expectProblem(await service.post(path, body, member), 'REQUEST_INVALID');
      }
      expect(service.running.service.store.history.runs({}).items).toHaveLength(before);
    },
  );

  test.each<readonly [string, unknown, ErrorCode]>([
    ['more compute than there is', { limits: { computeBudgetMs: 1e15 } }, 'INVALID_OPTION'],
    ['more than a number holds', { limits: { wallTimeMs: 1e308 } }, 'INVALID_OPTION'],
    ['files without a bundle', { files: { a: 'a' } }, 'INVALID_OPTION'],
    ['a folder above the bundle', { bundle: NO_HASH, folder: 'a/../../b' }, 'INVALID_OPTION'],
    ['an absolute folder', { bundle: NO_HASH, folder: '/etc' }, 'INVALID_OPTION'],
    ['a folder in the manner of Windows', { bundle: NO_HASH, folder: '..\\..' }, 'INVALID_OPTION'],
    ['a bundle that there is not', { bundle: NO_HASH }, 'BUNDLE_NOT_FOUND'],
    ['a plugin that there is not', { plugin: NO_HASH }, 'PLUGIN_NOT_UPLOADED'],
    ['paths of another interface', { bundle: NO_HASH, dirs: ['a'] }, 'INVALID_OPTION'],
  ])('%s is not had', async (_about, more, code) => {
    service.expectProblem(await service.post('/v1/runs', { ...good, ...(more as object) }, member), code);
    const runs = [good, { ...good, ...(more as object) }];
    service.expectProblem(await service.post('/v1/batches', { runs }, member), code);
  });

  test.each<readonly [string, unknown, ErrorCode]>([
    ['no runs', { runs: [] }, 'REQUEST_INVALID'],
    ['something with a length', { runs: { length: 1, 0: {} } }, 'REQUEST_INVALID'],
    ['a run that is null', { runs: [null] }, 'REQUEST_INVALID'],
    ['a run in a list', { runs: [[]] }, 'REQUEST_INVALID'],
    ['no place to run', { concurrency: 0, runs: [{ canister: GRANTED }] }, 'REQUEST_INVALID'],
    ['too many places', { concurrency: 1e9, runs: [{ canister: GRANTED }] }, 'REQUEST_INVALID'],
    ['a run without a plugin', { runs: [{ canister: GRANTED }] }, 'REQUEST_INVALID'],
    ['a name with a line break', { name: 'a\nb', runs: [{ canister: GRANTED }] }, 'REQUEST_INVALID'],
  ])('a batch of %s is refused', async (_about, body, code) => {
    service.expectProblem(await service.post('/v1/batches', body, member), code);
  });

  test('names of every object are names like any other', async () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'length', ''];
    const map = (value: string): Record<string, string> =>
      Object.fromEntries(names.map((name) => [name, value]));
    const body = { ...good, fields: map('x'), canisters: map(GRANTED), canisterIds: map(OTHER) };
    const answer = await service.post('/v1/runs', body, member);
    expect(answer.status).toBe(201);
    const run = await service.ended(JSON.parse(answer.body).id);
    expect(run.fields).toEqual(map('x'));
    expect(run.step).toMatchObject({ canisters: map(GRANTED) });
  });

  test('a key that is there twice means the last, which is also what is checked', async () => {
    const twice = (first: string, last: string): string =>
      `{"canister":"${first}",${JSON.stringify({ ...good, canister: last }).slice(1)}`;
    const denied = await service.ask('POST', '/v1/runs', { token: member, body: twice(GRANTED, OTHER) });
    service.expectProblem(denied, 'ACCESS_DENIED');
    const made = await service.ask('POST', '/v1/runs', { token: member, body: twice(OTHER, GRANTED) });
    expect([made.status, JSON.parse(made.body).canister]).toEqual([201, GRANTED]);
  });

  test('half a character is kept as one that stands for none', async () => {
    const body = withText('"environment":"a\\ud800b","label":"\\udfff"');
    const answer = await service.ask('POST', '/v1/runs', { token: member, body });
    expect(answer.status).toBe(201);
    const { id } = JSON.parse(answer.body);
    await service.ended(id);
    expect((await service.ask('GET', `/v1/runs/${id}`, { token: member })).status).toBe(200);
  });
});

/** So many members of an object, as JSON. */
function many(count: number): string {
  return Array.from({ length: count }, (_, index) => `"m${index}":1`).join(',');
}

describe('too much', () => {
  test('by its length is refused before it is read', async () => {
    // As often as you like: no room is kept for what was refused.
    for (const length of Array(4)
      .fill([String(BODY_BYTES + 1), '999999999999999'])
      .flat()) {
      const connection = await RawConnection.open(service.port);
      const headers = { 'content-type': 'application/json', 'content-length': length };
      connection.send(`${service.head('POST', '/v1/runs', { token: member, headers })}\r\n`);
      service.expectProblem((await connection.answer()) as never, 'REQUEST_TOO_LARGE');
      await connection.closed;
    }
  });

  test('in chunks is refused as soon as it is', async () => {
    const connection = await RawConnection.open(service.port);
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
    connection.send(`${service.head('POST', '/v1/runs', { token: member, headers })}\r\n`);
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent <= BODY_BYTES; sent += 0x10000) connection.send(chunk);
    service.expectProblem((await connection.answer()) as never, 'REQUEST_TOO_LARGE');
    await connection.closed;
  });

  test('of what a batch has in common is refused, however small the request', async () => {
    const { canister: _, ...defaults } = good;
    const fields = Object.fromEntries(
      Array.from({ length: 5 }, (_, index) => [`f${index}`, 'x'.repeat(40_000)]),
    );
    const runs = Array.from({ length: 1000 }, () => ({ canister: GRANTED }));
    const answer = await service.post('/v1/batches', { defaults: { ...defaults, fields }, runs }, member);
    service.expectProblem(answer, 'INVALID_OPTION');
    expect(JSON.parse((await service.ask('GET', '/v1/batches', { token: member })).body).items).toEqual([]);
  });

  test.each<readonly [string, () => string, string]>([
    ['runs', () => `{"runs":[${'{},'.repeat(20_000)}{}]}`, 'has more than 10000 members in one place'],
    ['fields', () => withText(`"fields":{${many(20_000)}}`), 'has more than 10000 members in one place'],
    ['members', () => withText(many(20_000)), 'has more than 10000 members in one place'],
    ['levels', () => withText(`"a":${'['.repeat(9)}${']'.repeat(9)}`), 'has more than 8 levels'],
  ])('%s are not looked at one by one', async (_about, body, reason) => {
    const answer = await service.ask('POST', '/v1/batches', { token: member, body: body() });
    service.expectProblem(answer, 'REQUEST_INVALID');
    expect(JSON.parse(answer.body).details).toEqual({ where: 'the body', reason });
  });

  test('is not inflated', async () => {
    const body = gzipSync(Buffer.alloc(50_000_000, ' '));
    const answer = await service.ask('POST', '/v1/runs', {
      token: member,
      body,
      headers: { 'content-encoding': 'gzip' },
    });
    service.expectProblem(answer, 'REQUEST_INVALID');
  });
});

describe('a body that is', () => {
  test.each([
    'text/plain',
    'text/html',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/wasm',
    'application/octet-stream',
    'application/jsonx',
    'application/json/x',
    'json',
    `x/${'x'.repeat(60)}`,
    '__proto__',
    '/',
  ])('of type %s is not taken where JSON is', async (type) => {
    for (const [method, path] of [
      ['POST', '/v1/runs'],
      ['POST', '/v1/plugins/fetch'],
      ['POST', `/v1/batches/${NO_ID}/retry`],
      ['PATCH', `/v1/plugins/${NO_HASH}`],
    ] as const) {
      const question = { token: service.admin, type, body: JSON.stringify(good) };
      service.expectProblem(await service.ask(method, path, question), 'MEDIA_TYPE_UNSUPPORTED');
    }
  });

  test.each([
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'none',
  ])('of type %s is not taken where a plugin or an archive is', async (type) => {
    for (const path of ['/v1/plugins', '/v1/bundles']) {
      const answer = await service.ask('POST', path, { token: service.admin, type, body: '{}' });
      service.expectProblem(answer, 'MEDIA_TYPE_UNSUPPORTED');
      expect(answer.body).not.toContain('send application/json');
    }
  });

  test('of a question is no question of its own', async () => {
    const hidden = `${service.head('GET', '/v1/audit', { token: service.admin })}\r\n`;
    const length = { 'content-length': String(hidden.length), 'content-type': 'application/json' };
    const first = `${service.head('GET', '/v1/session', { token: member, headers: length })}\r\n${hidden}`;
    const second = `${service.head('GET', '/healthz', { headers: { connection: 'close' } })}\r\n`;
    const answers = await sendRaw(service.port, first + second, 2);
    // It is not waited for, and neither is what comes behind it.
    expect(answers.map(({ status }) => status)).toEqual([200]);
  });
});
