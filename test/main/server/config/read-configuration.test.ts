import { join, resolve } from 'node:path';
import { Principal } from '@icp-sdk/core/principal';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_LIMITS } from '#src/main/pool/limits.js';
import { readConfiguration } from '#src/main/server/config/index.js';
import { problems, publishedSchema } from '../../../support/schemas.js';
import { configured, errorOf, folderWith } from './support.js';

const CANISTER = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const ROOT_KEY = 'aB'.repeat(133);

const FULL = `
listen: { host: 0.0.0.0, port: 8080 }
hosts: [Sandpool.example.org, "10.0.0.5:9000", "[FD00:0::5]"]
origins: [https://panel.example.org]
data: ./state
cache: ../cache
concurrency: 7
limits: { computeBudgetMs: 1000, hostCalls: 5 }
uploads: { pluginBytes: 1, bundleBytes: 2, unpackedBytes: 3, bundleEntries: 4, totalBytes: 5 }
requests: { perMinute: 1, bodyBytes: 2048, timeoutMs: 3000, eventStreams: 4 }
retention: { days: 1, megabytes: 2, auditDays: 3 }
shutdown: { deadlineMs: 0 }
log: { level: warn }
identities:
  deployer: { pem: keys/deployer.pem, passwordFile: /run/password }
  other: { icpCli: somebody }
  nobody: { anonymous: true }
networks:
  local: { url: http://127.0.0.1:8000, gatewayUrl: "http://localhost:8001" }
  main: { url: https://icp-api.io }
  test: { url: http://test.example.org, rootKey: ${ROOT_KEY} }
canisters:
  orchard: [${CANISTER}, aaaaa-aa, ${CANISTER}]
  empty: []
`;

describe('what is read', () => {
  test('of a file that sets everything', () => {
    const folder = folderWith({ 'etc/c.yaml': FULL });
    const file = join(folder, 'etc', 'c.yaml');
    const configuration = readConfiguration(file, {});
    const at = (line: number, column: number) => ({ file, line, column });
    expect(configuration).toEqual({
      file,
      listen: { host: '0.0.0.0', port: 8080 },
      hosts: [
        { name: 'sandpool.example.org', port: undefined },
        { name: '10.0.0.5', port: 9000 },
        { name: '[fd00::5]', port: undefined },
      ],
      origins: ['https://panel.example.org'],
      dataFolder: join(folder, 'etc', 'state'),
      storeFile: join(folder, 'etc', 'state', 'service.db'),
      cacheFolder: join(folder, 'cache'),
      concurrency: 7,
      limits: { ...DEFAULT_LIMITS, computeBudgetMs: 1000, wallTimeMs: 3_600_000, hostCalls: 5 },
      uploads: { pluginBytes: 1, bundleBytes: 2, unpackedBytes: 3, bundleEntries: 4, totalBytes: 5 },
      requests: { perMinute: 1, bodyBytes: 2048, timeoutMs: 3000, eventStreams: 4 },
      retention: { maximumAgeMs: 86_400_000, maximumBytes: 2_097_152, auditMaximumAgeMs: 259_200_000 },
      shutdown: { deadlineMs: 0 },
      log: { level: 'warn' },
      identities: new Map([
        [
          'deployer',
          {
            kind: 'pem',
            pemFile: join(folder, 'etc', 'keys', 'deployer.pem'),
            passwordFile: '/run/password',
            position: at(15, 13),
          },
        ],
        ['other', { kind: 'icp-cli', icpCliName: 'somebody', position: at(16, 10) }],
        ['nobody', { kind: 'anonymous', position: at(17, 11) }],
      ]),
      networks: new Map([
        [
          'local',
          {
            url: 'http://127.0.0.1:8000/',
            rootKey: { kind: 'fetch' },
            gatewayUrl: 'http://localhost:8001/',
          },
        ],
        ['main', { url: 'https://icp-api.io/', rootKey: { kind: 'mainnet' } }],
        [
          'test',
          { url: 'http://test.example.org/', rootKey: { kind: 'pinned', hex: ROOT_KEY.toLowerCase() } },
        ],
      ]),
      canisters: new Map([
        ['orchard', new Set([CANISTER, 'aaaaa-aa'])],
        ['empty', new Set()],
      ]),
    });
  });

  test('of a file that sets the one thing it must', () => {
    const configuration = configured('data: d', { XDG_CACHE_HOME: '/caches' });
    expect(configuration).toMatchObject({
      listen: { host: '127.0.0.1', port: 7780 },
      hosts: [],
      cacheFolder: '/caches/sandpool',
      limits: { ...DEFAULT_LIMITS, wallTimeMs: 3_600_000 },
      log: { level: 'info' },
      shutdown: { deadlineMs: 30_000 },
    });
    expect(configuration.concurrency).toBeGreaterThanOrEqual(4);
    expect(configured('data: d\ncache: false').cacheFolder).toBeUndefined();
    // Sections whose lines are all comments.
    expect(configured('data: d\nhosts:\n  # - x\nlimits:\nidentities: ~').identities.size).toBe(0);
  });

  test('is not to be changed', () => {
    const { listen, limits, hosts } = configured(FULL);
    for (const part of [listen, limits, hosts, hosts[0]]) expect(Object.isFrozen(part)).toBe(true);
  });

  test('names like members of objects are names', () => {
    const { identities, networks, canisters } = configured(
      'data: d\nidentities: {constructor: {anonymous: true}}\nnetworks: {toString: {url: "http://x"}}\ncanisters: {1: []}',
    );
    expect([...identities.keys(), ...networks.keys(), ...canisters.keys()]).toEqual([
      'constructor',
      'toString',
      '1',
    ]);
  });

  test('through aliases', () => {
    const text = `data: d\ncanisters:\n  a: &list [${CANISTER}]\n  b: *list`;
    expect(configured(text).canisters.get('b')).toEqual(new Set([CANISTER]));
  });
});

describe('variables stand over the file', () => {
  test('each of them', () => {
    const configuration = configured(
      'data: d\nlisten: {host: "::1", port: 1}\nconcurrency: 1\nlog: {level: warn}',
      {
        SANDPOOL_LISTEN_HOST: '127.0.0.2',
        SANDPOOL_LISTEN_PORT: '0',
        SANDPOOL_DATA: 'elsewhere',
        SANDPOOL_CONCURRENCY: '1000',
        SANDPOOL_LOG_LEVEL: 'silent',
        SANDPOOL_SERVE_OTHER: 'is not our business',
      },
    );
    expect(configuration).toMatchObject({
      listen: { host: '127.0.0.2', port: 0 },
      dataFolder: resolve('elsewhere'),
      concurrency: 1000,
      log: { level: 'silent' },
    });
    expect(configured('', { SANDPOOL_DATA: '/data' }).storeFile).toBe('/data/service.db');
  });

  test.each([
    ['SANDPOOL_LISTEN_HOST', ''],
    ['SANDPOOL_LISTEN_HOST', 'a b'],
    ['SANDPOOL_LISTEN_HOST', '[::1]'],
    ['SANDPOOL_LISTEN_HOST', '0.0.0.0'],
    ['SANDPOOL_LISTEN_PORT', '65536'],
    ['SANDPOOL_LISTEN_PORT', '-1'],
    ['SANDPOOL_LISTEN_PORT', ' 1'],
    ['SANDPOOL_LISTEN_PORT', '1e3'],
    ['SANDPOOL_DATA', ''],
    ['SANDPOOL_CONCURRENCY', '0'],
    ['SANDPOOL_CONCURRENCY', '1001'],
    ['SANDPOOL_LOG_LEVEL', 'INFO'],
  ])('%s=%j is refused by name', (name, value) => {
    const error = errorOf(() => configured('data: d', { [name]: value }));
    expect(error).toMatchObject({
      code: 'INVALID_OPTION',
      details: { option: name, value: JSON.stringify(value) },
    });
  });
});

describe('a file that cannot be read', () => {
  test('because it is not there, or a folder, or not text', () => {
    const folder = folderWith({});
    const missing = errorOf(() => readConfiguration(join(folder, 'c.yaml'), {}));
    expect(missing).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      details: { reason: 'there is no such file' },
    });
    expect(errorOf(() => readConfiguration(folder, {}))).toMatchObject({
      code: 'CONFIG_UNREADABLE',
      details: { reason: 'EISDIR' },
    });
    const latin = Buffer.from('data: d\nlog: "\xe9"', 'latin1');
    expect(errorOf(() => configured(latin)).details).toMatchObject({ line: 2, column: 7 });
  });
});

/** What is wrong, where, and what the message has. */
const WRONG: readonly (readonly [text: string, line: number, column: number, message: string])[] = [
  ['', 1, 1, 'must have `data`'],
  ['[]', 1, 1, 'must be a map, but is a list'],
  ['data: 3', 1, 7, '`data` must be text, but is `3`'],
  ['data: ""', 1, 7, '`data` must be filled in'],
  ['data: [', 1, 8, 'this is not valid YAML'],
  ['data: *a', 1, 7, 'there is no anchor `&a`'],
  ['data: !!js/function x', 1, 7, 'this is not valid YAML'],
  ['data: d\ndata: e', 2, 1, 'this key occurs twice'],
  ['data: d\n---\ndata: e', 2, 1, 'a second YAML document'],
  ['data: d\nlisten:\n\tport: 3', 3, 1, 'a tab'],
  ['data: d\nidenities: {}', 2, 1, 'no key `idenities` (did you mean `identities`?); it has `listen`'],
  ['data: d\n__proto__: 3', 2, 1, 'no key `__proto__`'],
  ['data: d\nlimits: {memory: 3}', 2, 10, '`limits` has no key `memory`; it has `computeBudgetMs`'],
  ['data: d\nlimits: {wallTimeMs: 0}', 2, 22, '`limits.wallTimeMs` must be at least 1, but is `0`'],
  ['data: d\nlimits: {hostCalls: .inf}', 2, 21, 'must be a whole number, but is `Infinity`'],
  ['data: d\nconcurrency: 1.5', 2, 14, 'must be a whole number, but is `1.5`'],
  ['data: d\nconcurrency: 1001', 2, 14, 'must be at most 1000'],
  ['data: d\nlisten:\n  port: 70000\nbad: 1', 3, 9, 'must be at most 65535'],
  ['data: d\nlisten: {host: 0.0.0.0}', 2, 16, 'list in `hosts` the names'],
  ['data: d\nlisten: {host: "[::1]"}', 2, 16, 'IPv6 without brackets'],
  ['data: d\nlisten: {host: "::"}', 2, 16, 'list in `hosts` the names'],
  ['data: d\nhosts: [a, "b:0"]', 2, 12, 'but is `b:0`'],
  ['data: d\norigins: ["https://a/"]', 2, 11, 'did you mean `https://a`?'],
  ['data: d\norigins: ["null"]', 2, 11, 'but is `null`'],
  ['data: d\ncache: true', 2, 8, '`cache` must be a folder or false, but is `true`'],
  ['data: d\nlog: {level: loud}', 2, 14, 'must be one of `trace`'],
  ['data: d\nidentities:\n  a: {}', 3, 6, 'exactly one of `pem`, `icpCli`, `anonymous`'],
  ['data: d\nidentities:\n  a: {pem: x, icpCli: y}', 3, 6, 'exactly one of'],
  ['data: d\nidentities:\n  a:', 3, 5, '`identities.a` must be a map, but is empty'],
  ['data: d\nidentities: {a: {anonymous: false}}', 2, 29, 'must be true, but is `false`'],
  ['data: d\nidentities: {a: {anonymous: true, passwordFile: x}}', 2, 35, 'has no password'],
  ['data: d\nidentities: {"a b": {anonymous: true}}', 2, 14, '`a b` is no name'],
  ['data: d\nidentities: {__proto__: {anonymous: true}}', 2, 14, '`__proto__` is no name'],
  ['data: d\nnetworks: {n: {}}', 2, 15, '`networks.n` must have `url`'],
  ['data: d\nnetworks: {n: {url: "ftp://x"}}', 2, 21, 'but is the text `ftp://x`'],
  ['data: d\nnetworks: {n: {url: "http://"}}', 2, 21, 'must be an http or https address'],
  ['data: d\nnetworks: {n: {url: "http://u:secret@x"}}', 2, 21, 'must not have a user name'],
  ['data: d\nnetworks: {n: {url: "http://x", rootKey: ab}}', 2, 42, '266 hex characters'],
  [`data: d\ncanisters:\n  a:\n    - ${CANISTER}\n    - aaaaa-ab`, 5, 7, '`aaaaa-ab` is not a principal'],
  ['data: d\ncanisters: {a: [AAAAA-AA]}', 2, 17, 'must be a principal'],
  ['data: d\ncanisters: {a: [aaaaaaa]}', 2, 17, 'is not a principal'],
];

test.each(WRONG)('%j is wrong at %i:%i', (text, line, column, message) => {
  const error = errorOf(() => configured(text));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2, details: { line, column } });
  expect(error.message).toContain(`c.yaml:${line}:${column}: `);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('secret');
});

test('a message cannot drive a terminal', () => {
  const error = errorOf(() => configured('data: d\n"\\e[31m\\n": 1'));
  expect(error.message).toContain('`\\u{1b}[31m\\u{a}`');
});

test('aliases that multiply are refused', () => {
  const levels = Array.from({ length: 12 }, (_, index) => {
    const list = index === 0 ? '[x, x, x, x, x, x, x, x, x]' : `[${`*l${index - 1}, `.repeat(9)}]`;
    return `  l${index}: &l${index} ${list}`;
  });
  const error = errorOf(() => configured(`data: d\ncanisters:\n${levels.join('\n')}`));
  expect(error.code).toBe('CONFIG_INVALID');
});

test('100,000 canisters are read', () => {
  const ids = Array.from({ length: 100_000 }, (_, index) => {
    const bytes = Buffer.alloc(10);
    bytes.writeUInt32BE(index, 4);
    return Principal.fromUint8Array(bytes).toText();
  });
  expect(configured(`data: d\ncanisters:\n  all: [${ids.join(', ')}]`).canisters.get('all')?.size).toBe(
    100_000,
  );
}, 30_000);

describe('the published schema', () => {
  const validate = publishedSchema('serve-config');

  test('takes what is taken, and refuses a shape that is refused', () => {
    expect(problems(validate, parse(FULL))).toBe('');
    expect(problems(validate, { data: 'd' })).toBe('');
    expect(problems(validate, { data: 'd', identities: { a: {} } })).not.toBe('');
    expect(problems(validate, { data: 'd', identities: { 'a b': { anonymous: true } } })).not.toBe('');
    expect(problems(validate, { data: 'd', limits: { memory: 1 } })).not.toBe('');
    expect(problems(validate, {})).not.toBe('');
  });
});
