import { createHash } from 'node:crypto';
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultCacheFolder } from '#src/main/component/cache/cache-folder.js';
import { TRANSLATION_FORMAT, TranslationCache } from '#src/main/component/cache/translation-cache.js';
import { SandboxPool } from '#src/main/index.js';
import { hostAnswering, inputFor } from '../../../support/host.js';
import { watPlugin } from '../../../support/wat-plugin.js';

const SHA256 = 'a'.repeat(64);
const claims = { memories: 1, memoryPages: 2, tables: 0, tableElements: 0 };
const translation = {
  glue: '(() => ({ instantiate: "für den Glue" }))()',
  modules: [
    { name: 'plugin.core.wasm', bytes: new Uint8Array([1, 2, 3]), claims },
    { name: 'plugin.core2.wasm', bytes: new Uint8Array(70_000).fill(9), claims },
  ],
};

let folder: string;
let cache: TranslationCache;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'translations-'));
  cache = new TranslationCache(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function onlyEntry(): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.translation'));
  expect(names).toHaveLength(1);
  return join(folder, names[0] as string);
}

describe('an entry', () => {
  test('is read as it was written, by its own hash only', async () => {
    await cache.write({ plugin: 'p.wasm', sha256: SHA256 }, translation);
    const read = await cache.read(SHA256);
    expect(read?.glue).toBe(translation.glue);
    expect(read?.modules.map(({ name, bytes, claims }) => ({ name, bytes: [...bytes], claims }))).toEqual(
      translation.modules.map(({ name, bytes, claims }) => ({ name, bytes: [...bytes], claims })),
    );
    expect(await cache.read('b'.repeat(64))).toBeUndefined();
    // Under another plugin's name it is nobody's.
    await rename(await onlyEntry(), join(folder, 'kept'));
    await cache.write({ plugin: 'q.wasm', sha256: 'b'.repeat(64) }, translation);
    const other = (await readdir(folder)).find((name) => name !== 'kept') as string;
    await rename(join(folder, 'kept'), join(folder, other));
    expect(await cache.read('b'.repeat(64))).toBeUndefined();
  });

  test('that was changed or cut anywhere is not used', async () => {
    await cache.write({ plugin: 'p.wasm', sha256: SHA256 }, translation);
    const path = await onlyEntry();
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at += 997) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(path, changed);
      expect(await cache.read(SHA256)).toBeUndefined();
      await writeFile(path, whole.subarray(0, at));
      expect(await cache.read(SHA256)).toBeUndefined();
    }
    await writeFile(path, whole);
    expect(await cache.read(SHA256)).toBeDefined();
  });

  test('is written by many at once without harm', async () => {
    const others = Array.from({ length: 8 }, () => new TranslationCache(folder));
    await Promise.all(others.map((other) => other.write({ plugin: 'p.wasm', sha256: SHA256 }, translation)));
    await onlyEntry();
    expect(await cache.read(SHA256)).toBeDefined();
  });
});

describe.skipIf(process.platform === 'win32')('what others could have put there is not used', () => {
  beforeEach(() => cache.write({ plugin: 'p.wasm', sha256: SHA256 }, translation));

  test('a folder that others may write to', async () => {
    await chmod(folder, 0o777);
    expect(await cache.read(SHA256)).toBeUndefined();
  });

  test('a file that others may write to', async () => {
    await chmod(await onlyEntry(), 0o622);
    expect(await cache.read(SHA256)).toBeUndefined();
  });

  test('a link, which is replaced and not followed', async () => {
    const path = await onlyEntry();
    const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
    const target = join(elsewhere, 'target');
    await rename(path, target);
    await symlink(target, path);
    expect(await cache.read(SHA256)).toBeUndefined();
    const before = await stat(target);
    await cache.write({ plugin: 'p.wasm', sha256: SHA256 }, translation);
    expect(await cache.read(SHA256)).toBeDefined();
    expect((await stat(target)).mtimeMs).toBe(before.mtimeMs);
    await rm(elsewhere, { recursive: true });
  });
});

test('the longest unused go first when there is too much', async () => {
  const small = new TranslationCache(folder, 200_000);
  const hashes = ['1', '2', '3', '4'].map((digit) => digit.repeat(64));
  for (const [index, sha256] of hashes.entries()) {
    await small.write({ plugin: `${index}.wasm`, sha256 }, translation);
    for (const entry of await small.list()) {
      const usedAt = new Date(1_700_000_000_000 + Number(entry.sha256[0]) * 1000);
      await utimes(entry.path, usedAt, usedAt);
    }
  }
  expect((await small.list()).map(({ plugin }) => plugin)).toEqual(['3.wasm', '2.wasm']);
  await small.prune(0);
  expect(await readdir(folder)).toEqual([]);
});

test('a cache that cannot be written or read is as if there were none', async () => {
  const nowhere = new TranslationCache('/dev/null/no-such-folder');
  await nowhere.write({ plugin: 'p.wasm', sha256: SHA256 }, translation);
  expect(await nowhere.read(SHA256)).toBeUndefined();
  expect(await nowhere.list()).toEqual([]);
  expect(await nowhere.prune(0)).toEqual([]);
});

test('a pool runs what an earlier one has translated', async () => {
  const bytes = await watPlugin();
  const runWith = async (): Promise<boolean> => {
    await using pool = await SandboxPool.create({ maxThreads: 1, cacheFolder: folder });
    const plugin = await pool.prepare({ bytes });
    return (await pool.run(plugin, inputFor(), { host: hostAnswering() })).ok;
  };
  expect(await runWith()).toBe(true);
  const path = await onlyEntry();
  const written = await stat(path);
  await utimes(path, 0, 0);
  expect(await runWith()).toBe(true);
  // Read and not written again: it is the same file, used just now.
  const read = await stat(path);
  expect(read.ino).toBe(written.ino);
  expect(read.mtimeMs).toBeGreaterThan(0);
});

test('the default is the cache folder of the user', () => {
  if (process.platform === 'linux') {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/sandpool');
    expect(defaultCacheFolder({ XDG_CACHE_HOME: 'relative' })).toMatch(/\/\.cache\/sandpool$/);
  }
});

// What is kept was made by this code. When it changes, raise TRANSLATION_FORMAT, and put the new hash here.
test('the format is raised with every change of what makes translations', async () => {
  const folderOf = dirname(fileURLToPath(import.meta.resolve('#src/main/component/glue.js'))).replace(
    '/dist/',
    '/src/',
  );
  const names = ['glue.ts', 'transpile-process.ts', 'cache/cache-entry.ts'];
  const cores = (await readdir(join(folderOf, 'core-module'))).sort().map((name) => `core-module/${name}`);
  const hash = createHash('sha256');
  for (const name of [...names, ...cores]) hash.update(await readFile(join(folderOf, name)));
  expect([TRANSLATION_FORMAT, hash.digest('hex').slice(0, 16)]).toEqual([4, '71143c1a6e04d984']);
});
