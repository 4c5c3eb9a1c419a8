import { describe, expect, test } from 'vitest';
import {
  hostAllowed,
  isLoopbackAddress,
  isOrigin,
  originAllowed,
  parseHostName,
  requireSource,
} from '#src/main/server/access/index.js';
import { errorOf } from '../config/support.js';

const PORT = 7780;
const NONE = { hosts: [], origins: [] };

function named(...hosts: string[]) {
  const parsed = hosts.map((host) => {
    const name = parseHostName(host);
    if (name === undefined) throw new Error(`${host} is no host`);
    return name;
  });
  return { hosts: parsed, origins: ['https://panel.example.org'] };
}

const CONFIGURED = named('Sandpool.example.org', '10.0.0.5:9000', '[FD00::0:5]');

describe('the Host header', () => {
  test.each([
    'localhost',
    'localhost:7780',
    'LocalHost:7780',
    '127.0.0.1',
    '127.0.0.1:7780',
    '[::1]',
    '[::1]:7780',
    '[0:0:0:0:0:0:0:1]:7780',
  ])('%s is always this service', (host) => {
    expect(hostAllowed(host, NONE, PORT)).toBe(true);
  });

  test.each([
    'sandpool.example.org',
    'SANDPOOL.example.org:7780',
    '10.0.0.5:9000',
    '[fd00::5]',
    '[fd00::5]:7780',
  ])('%s is, when it is configured', (host) => {
    expect(hostAllowed(host, NONE, PORT)).toBe(false);
    expect(hostAllowed(host, CONFIGURED, PORT)).toBe(true);
  });

  test.each([
    undefined,
    '',
    ' ',
    'attacker.example.org',
    'attacker.example.org:7780',
    'localhost.attacker.example.org',
    'attacker.example.org.localhost',
    'sandpool.example.org.attacker.example',
    'notsandpool.example.org',
    'localhost.',
    'localhost:',
    'localhost:0',
    'localhost:07780',
    'localhost:7781',
    'localhost:77800',
    'localhost:7780:7780',
    'localhost:-1',
    'localhost:+7780',
    'localhost:7780 ',
    ' localhost',
    'localhost, attacker.example.org',
    'localhost,localhost',
    'localhost/',
    'localhost#',
    'localhost?',
    'localhost\\',
    'localhost\t',
    'localhost\n',
    'localhost\r\nHost: a',
    'localhost\0',
    'localhost%00',
    'local%68ost',
    'user@localhost',
    'localhost@attacker.example.org',
    'http://localhost',
    '//localhost',
    'ⓛocalhost',
    'localhoſt',
    'localhost\u202e',
    '127.1',
    '127.0.1',
    '127.0.0.1.',
    '127.0.0.2',
    '127.000.000.001',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '0.0.0.0',
    '1.2.3.4.5',
    '1.2.3.999',
    '::1',
    '::1:7780',
    '[::1',
    '::1]',
    '[[::1]]',
    '[::1]7780',
    '[::1%lo]',
    '[::1%25lo]',
    '[::ffff:127.0.0.1]',
    '[::]',
    '[]',
    '[localhost]',
    '[fd00::6]',
    '10.0.0.5',
    '10.0.0.5:7780',
    'sandpool.example.org:443',
    'sandpool.example.org.',
    '.sandpool.example.org',
    'sandpool..example.org',
    '-sandpool.example.org',
    '*',
    '*.example.org',
    'constructor',
    '__proto__',
    `${'a'.repeat(300)}`,
    `localhost:${'7'.repeat(10_000)}`,
  ])('%j is not', (host) => {
    expect(hostAllowed(host, CONFIGURED, PORT)).toBe(false);
  });

  test('a name without a port takes the port of the service, whichever that is', () => {
    expect(hostAllowed('localhost:7780', NONE, 80)).toBe(false);
    expect(hostAllowed('localhost:80', NONE, 80)).toBe(true);
    expect(hostAllowed('localhost:8080', named('localhost:8080'), PORT)).toBe(true);
  });
});

describe('the Origin header', () => {
  test.each([
    [undefined, 'localhost:7780'],
    ['http://localhost:7780', 'localhost:7780'],
    ['http://127.0.0.1:7780', '127.0.0.1:7780'],
    ['http://[::1]:7780', '[0::1]:7780'],
    ['https://sandpool.example.org', 'sandpool.example.org'],
    ['https://sandpool.example.org', 'sandpool.example.org:443'],
    ['http://localhost', 'localhost:80'],
    ['https://panel.example.org', 'localhost:7780'],
  ])('%s at %s is let in', (origin, host) => {
    expect(originAllowed(origin, host, CONFIGURED)).toBe(true);
  });

  test.each([
    ['null', 'localhost:7780'],
    ['', 'localhost:7780'],
    ['http://localhost', 'localhost:7780'],
    ['http://localhost:7781', 'localhost:7780'],
    ['http://127.0.0.1:7780', 'localhost:7780'],
    ['https://localhost', 'localhost:80'],
    ['http://attacker.example.org', 'localhost:7780'],
    ['http://localhost:7780.attacker.example.org', 'localhost:7780'],
    ['http://localhost:7780/', 'localhost:7780'],
    ['http://localhost:7780/x', 'localhost:7780'],
    ['http://localhost:7780?', 'localhost:7780'],
    ['http://localhost:7780#', 'localhost:7780'],
    ['http://user@localhost:7780', 'localhost:7780'],
    ['http://localhost:7780@attacker.example.org', 'localhost:7780'],
    ['HTTP://localhost:7780', 'localhost:7780'],
    ['http://LOCALHOST:7780', 'localhost:7780'],
    ['http:localhost:7780', 'localhost:7780'],
    ['http:\\\\localhost:7780', 'localhost:7780'],
    [' http://localhost:7780', 'localhost:7780'],
    ['http://localhost:7780 ', 'localhost:7780'],
    ['http://localhost:7780, http://localhost:7780', 'localhost:7780'],
    ['http://localhost:7780 http://attacker.example.org', 'localhost:7780'],
    ['http://localhost:7780\n', 'localhost:7780'],
    ['http://local\thost:7780', 'localhost:7780'],
    ['file://', 'localhost:7780'],
    ['chrome-extension://abcdef', 'localhost:7780'],
    ['ws://localhost:7780', 'localhost:7780'],
    ['javascript:alert(1)', 'localhost:7780'],
    ['http://panel.example.org', 'localhost:7780'],
    ['https://panel.example.org:8443', 'localhost:7780'],
    ['https://panel.example.org.attacker.example', 'localhost:7780'],
    ['http://localhost:7780', undefined],
    ['http://localhost:7780', 'not a host'],
    ['http://1.2.3.999', '1.2.3.999'],
    ['*', 'localhost:7780'],
  ])('%j at %s is refused', (origin, host) => {
    expect(originAllowed(origin, host, CONFIGURED)).toBe(false);
  });

  test('is configured as browsers write it', () => {
    expect(isOrigin('https://panel.example.org')).toBe(true);
    expect(isOrigin('https://panel.example.org:443')).toBe(false);
    expect(isOrigin('null')).toBe(false);
  });
});

test('what is refused is refused by its code, and said so that it cannot be misread', () => {
  const accepted = { host: 'localhost:7780', origin: 'http://localhost:7780' };
  expect(() => requireSource(accepted, NONE, PORT)).not.toThrow();
  expect(() => requireSource({ host: 'localhost' }, NONE, PORT)).not.toThrow();
  expect(errorOf(() => requireSource({}, NONE, PORT))).toMatchObject({
    code: 'HOST_REFUSED',
    httpStatus: 421,
  });
  const host = errorOf(() => requireSource({ host: 'a\u001b[31m' }, NONE, PORT));
  expect(host.message).toBe('the service does not answer to the name `a\\u{1b}[31m`');
  const origin = errorOf(() => requireSource({ ...accepted, origin: 'null' }, NONE, PORT));
  expect(origin).toMatchObject({ code: 'ORIGIN_REFUSED', httpStatus: 403 });
  // By whichever name it is asked, the name is looked at first.
  const both = { host: 'attacker.example.org', origin: 'http://attacker.example.org' };
  expect(errorOf(() => requireSource(both, NONE, PORT)).code).toBe('HOST_REFUSED');
});

test('an address is loopback or not', () => {
  const loopback = ['127.0.0.1', '127.8.9.10', '::1', 'localhost', 'LOCALHOST'];
  const others = ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', '127.1', '', 'localhost.example.org'];
  expect(loopback.filter(isLoopbackAddress)).toEqual(loopback);
  expect(others.filter(isLoopbackAddress)).toEqual([]);
});
