import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DownloadCache } from '#src/main/download/download-cache.js';
import { IcpPackages } from '#src/main/download/icp-packages.js';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const LIMIT = 1000;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'downloads-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const put = async (path: string, content: string): Promise<string> => {
  const whole = join(home, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, content, { mode: 0o600 });
  return whole;
};
const own = (): DownloadCache => new DownloadCache({ folder: join(home, 'own'), icpPackages: 'none' });
const withIcp = (): DownloadCache =>
  new DownloadCache({ folder: join(home, 'own'), icpPackages: new IcpPackages(join(home, 'pkg')) });
const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString();

describe('files of our own', () => {
  test('are found by their hash, in this process and the next', async () => {
    expect(await own().keep(Buffer.from('abc'))).toBe(hashOf('abc'));
    expect(text(await own().content('wasm', hashOf('abc'), LIMIT))).toBe('abc');
    expect(await own().content('wasm', hashOf('other'), LIMIT)).toBeUndefined();
    expect(await own().content('wasm', hashOf('abc'), 2)).toBeUndefined();
  });

  test('that were changed are not used, and are replaced', async () => {
    await own().keep(Buffer.from('abc'));
    const path = join(home, 'own', `${hashOf('abc')}.download`);
    await writeFile(path, 'abd');
    expect(await own().content('wasm', hashOf('abc'), LIMIT)).toBeUndefined();
    await own().keep(Buffer.from('abc'));
    expect(text(await own().content('wasm', hashOf('abc'), LIMIT))).toBe('abc');
  });

  test.runIf(process.platform !== 'win32')(
    'that others could write to, and links, are left alone',
    async () => {
      await own().keep(Buffer.from('abc'));
      const path = join(home, 'own', `${hashOf('abc')}.download`);
      await chmod(path, 0o666);
      expect(await own().content('wasm', hashOf('abc'), LIMIT)).toBeUndefined();
      await rm(path);
      await symlink(await put('elsewhere', 'abc'), path);
      expect(await own().content('wasm', hashOf('abc'), LIMIT)).toBeUndefined();
    },
  );

  test('can be written by many at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => own().keep(Buffer.from('abc'))));
    expect(await readdir(join(home, 'own'))).toEqual([`${hashOf('abc')}.download`]);
    expect(text(await own().content('wasm', hashOf('abc'), LIMIT))).toBe('abc');
  });

  test('are listed, and the longest unused are removed', async () => {
    for (const [index, word] of ['one', 'two', 'three'].entries()) {
      await own().keep(Buffer.from(word));
      const when = new Date(Date.UTC(2020, index));
      await utimes(join(home, 'own', `${hashOf(word)}.download`), when, when);
    }
    await own().content('wasm', hashOf('one'), LIMIT);
    expect((await own().list()).map(({ key }) => key)).toEqual(['one', 'three', 'two'].map(hashOf));
    const removed = await own().prune(8);
    expect(removed.map(({ key }) => key)).toEqual([hashOf('two')]);
  });

  test('are not kept without a folder', async () => {
    const nowhere = new DownloadCache({ icpPackages: 'none' });
    await nowhere.keepTagged('a tag', Buffer.from('abc'));
    expect(await nowhere.tagged('a tag')).toBeUndefined();
    expect(await nowhere.list()).toEqual([]);
    expect(await nowhere.prune(0)).toEqual([]);
  });
});

describe('what an address stands for', () => {
  test('is remembered, and forgotten when all is removed', async () => {
    await own().keepTagged('uri+https://example.com/:latest', Buffer.from('abc'));
    expect(await own().tagged('uri+https://example.com/:latest')).toBe(hashOf('abc'));
    expect(await own().tagged('uri+https://example.org/:latest')).toBeUndefined();
    await own().prune(0);
    expect(await own().tagged('uri+https://example.com/:latest')).toBeUndefined();
    expect(await readdir(join(home, 'own'))).toEqual([]);
  });
});

describe('files of icp-cli', () => {
  test('are used when they hash to their name', async () => {
    await put(`pkg/wasms/${hashOf('abc')}/module.wasm`, 'abc');
    await put(`pkg/recipes/${hashOf('tpl')}/recipe.hbs`, 'tpl');
    await put(`pkg/wasms/${hashOf('real')}/module.wasm`, 'forged');
    const cache = withIcp();
    expect(text(await cache.content('wasm', hashOf('abc'), LIMIT))).toBe('abc');
    expect(text(await cache.content('recipe', hashOf('tpl'), LIMIT))).toBe('tpl');
    expect(await cache.content('recipe', hashOf('abc'), LIMIT)).toBeUndefined();
    expect(await cache.content('wasm', hashOf('real'), LIMIT)).toBeUndefined();
    expect(await cache.content('wasm', hashOf('abc'), 2)).toBeUndefined();
  });

  test('come before ours where a tag is asked for, and are never written', async () => {
    await put('pkg/manifest.json', JSON.stringify({ tags: { 'uri+u:latest': hashOf('theirs') } }));
    const cache = withIcp();
    await cache.keepTagged('uri+u:latest', Buffer.from('ours'));
    expect(await cache.tagged('uri+u:latest')).toBe(hashOf('theirs'));
    expect(await readdir(join(home, 'pkg'))).toEqual(['manifest.json']);
  });

  test.each([
    ['no JSON', '{'],
    ['another shape', '[]'],
    ['null', 'null'],
    ['no tags', '{"tags":null}'],
    ['no hash', '{"tags":{"t":"../../etc"}}'],
    ['a commit', '{"tags":{"t":"0123456789012345678901234567890123456789"}}'],
    ['only a prototype', '{"tags":{}}'],
  ])('say nothing when their manifest has %s', async (_, manifest) => {
    await put('pkg/manifest.json', manifest);
    expect(await withIcp().tagged('t')).toBeUndefined();
    expect(await withIcp().tagged('constructor')).toBeUndefined();
  });
});
