// Every path that leads, or seems to lead, out of the granted directory: none leads to a byte outside, however it
// is gone about, and no answer tells where the directory is on the host.

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { broughtOut, type Folder, makeFolder, SECRET } from '../support/folder.js';
import { poolForTests } from '../support/pool.js';
import { TRIES_PATH } from './tries-path.js';

let folder: Folder;
beforeAll(() => {
  folder = makeFolder();
  const { granted, path } = folder;
  mkdirSync(join(granted, 'a/b'), { recursive: true });
  writeFileSync(join(granted, 'apple.txt'), 'a red one\n');
  writeFileSync(join(granted, 'a\\..\\apple.txt'), 'a backslash is a letter\n');
  for (const [link, target] of [
    ['out', '../secret.txt'],
    ['out-directory', '../beside'],
    ['out-to-the-top', '..'],
    ['out-absolute', join(path, 'secret.txt')],
    ['out-absolute-directory', join(path, 'beside')],
    ['out-slash', '/'],
    ['chain', 'chain-2'],
    ['chain-2', 'a/chain-3'],
    ['a/chain-3', '../out'],
    ['a/up', '..'],
    ['a/b/far-up', '../../..'],
    ['loop', 'loop-2'],
    ['loop-2', 'loop'],
    ['dangling', 'nowhere'],
    ['descriptors', '/proc/self/fd'],
    ['variables', '/proc/self/environ'],
    ['root-of-process', '/proc/self/root'],
    ['devices', '/dev'],
    ['cwd', '/proc/self/cwd'],
  ] as const) {
    symlinkSync(target, join(granted, link));
  }
});
afterAll(() => folder.remove());

const pool = poolForTests([TRIES_PATH, 'lists-path']);

const OUT = [
  '..',
  '../',
  '../secret.txt',
  '../granted/apple.txt',
  'a/../../secret.txt',
  'a/b/../../../secret.txt',
  './.././secret.txt',
  'a/b/../../..',
  'a//..//..//secret.txt',
  '/',
  '//',
  '/etc/passwd',
  '/secret.txt',
  '/proc/self/environ',
  '/proc/self/fd/0',
  'out-directory/secret.txt',
  'out-directory/../secret.txt',
  'out-to-the-top/secret.txt',
  'out-absolute-directory/secret.txt',
  'out-slash/etc/passwd',
  'a/b/far-up/secret.txt',
  'a/up/../secret.txt',
  'descriptors/0',
  'root-of-process/etc/passwd',
  'devices/zero',
  'cwd/package.json',
  'loop',
  'loop/secret.txt',
  'dangling',
  'dangling/../../secret.txt',
  'apple.txt/',
  'apple.txt/.',
  'apple.txt/..',
  'apple.txt/../../secret.txt',
  '',
  'apple.txt\0',
  '../secret.txt\0apple.txt',
  '\0',
  '..\\secret.txt',
  'a\\..\\..\\secret.txt',
  'C:\\secret.txt',
  '\\\\?\\C:\\secret.txt',
  'file:///etc/passwd',
  '\u002e\u002e\u2215secret.txt',
  '..%2fsecret.txt',
  '~/secret.txt',
  'x'.repeat(256),
  'x/'.repeat(2048),
  '../'.repeat(1300),
  `${'a/../'.repeat(800)}../secret.txt`,
  '__proto__',
  'constructor',
];

/** Links that lead out: as links they may be looked at, but never followed. */
const LINKS_OUT = [
  'out',
  'out-absolute',
  'out-directory',
  'out-to-the-top',
  'out-slash',
  'chain',
  'variables',
  'descriptors',
];

describe.each([...OUT, ...LINKS_OUT])('%j', (path) => {
  test('leads nowhere', async () => {
    const outcome = await attack(pool(), TRIES_PATH, { directory: folder.granted, file: path });
    expect(outcome.ending).toBe('ok');
    // What is printed is where a link says it leads, when it says so inside the grant's own words.
    expect(broughtOut(outcome)).not.toContain(SECRET);
    expect(broughtOut(outcome)).not.toContain(folder.path);
    expect(outcome.stdout.join('')).not.toMatch(/root:|PATH=|^\//);
  });
});

test.each([
  ['.', 'apple.txt'],
  ['./', 'apple.txt'],
  ['././/.', 'apple.txt'],
  ['a/up', 'apple.txt'],
  ['a/b/../..', 'apple.txt'],
  ['a/./b/..//', 'b'],
])('%j stays inside, and may be listed', async (path, name) => {
  const { ending, stdout } = await attack(pool(), 'lists-path', { directory: folder.granted, file: path });
  expect(ending).toBe('ok');
  expect(stdout).toContain(name);
});

test('a name with backslashes is one name', async () => {
  const { stdout } = await attack(pool(), TRIES_PATH, {
    directory: folder.granted,
    file: 'a\\..\\apple.txt',
  });
  expect(stdout).toContain('a backslash is a letter');
});

test('nothing on disk was made by trying', () => {
  expect(readdirSync(folder.path).sort()).toEqual(['beside', 'granted', 'secret.txt']);
});
