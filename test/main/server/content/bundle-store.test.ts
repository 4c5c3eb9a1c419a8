import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { BundleStore } from '#src/main/server/content/bundle-store.js';
import { makeFolder } from '../../../support/folder.js';
import { tarOf } from '../../../support/tar-bytes.js';
import { sha256, treeSnapshot } from '../../../support/tree-snapshot.js';
import { zipOf } from '../../../support/zip-bytes.js';

const MAXIMUM = { maximumBytes: 10_000_000 };
const TAR = tarOf(
  { name: 'dist/', type: '5' },
  { name: 'dist/index.html', content: 'hello' },
  { name: 'empty' },
);
const ID = sha256(TAR);
/** Three entries of 4 KiB, and five bytes. */
const TAKEN = 3 * 4096 + 5;

async function* upload(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

describe('a bundle', () => {
  test('is added, listed, retained and deleted', async () => {
    using folder = makeFolder();
    const store = await BundleStore.open(folder.path);
    const added = await store.add(upload(TAR), MAXIMUM);
    const files = [
      { path: 'dist/index.html', bytes: 5 },
      { path: 'empty', bytes: 0 },
    ];
    expect(added).toMatchObject({
      id: ID,
      fileCount: 2,
      unpackedBytes: 5,
      files,
      storedAt: expect.any(Date),
    });
    expect(readdirSync(join(folder.path, 'bundles'))).toEqual([ID]);
    expect(store.list()).toMatchObject([{ id: ID, fileCount: 2 }]);
    expect(await store.get(ID)).toEqual(added);
    expect(store.usedBytes).toBe(TAKEN);
    const bundle = await store.retain(ID);
    expect(readFileSync(join(bundle.folder, 'dist', 'index.html'), 'utf8')).toBe('hello');
    const other = await store.retain(ID);
    await expect(store.delete(ID)).rejects.toMatchObject({
      code: 'BUNDLE_IN_USE',
      httpStatus: 409,
      details: { runs: 2 },
    });
    bundle[Symbol.dispose]();
    bundle[Symbol.dispose]();
    await expect(store.delete(ID)).rejects.toMatchObject({ code: 'BUNDLE_IN_USE', details: { runs: 1 } });
    other[Symbol.dispose]();
    await store.delete(ID);
    expect(readdirSync(join(folder.path, 'bundles'))).toEqual([]);
    expect(store.usedBytes).toBe(0);
    for (const work of [store.get(ID), store.delete(ID), store.retain(ID), store.get('../bundles')]) {
      await expect(work).rejects.toMatchObject({ code: 'BUNDLE_NOT_FOUND', httpStatus: 404 });
    }
  });

  test('is there again after a start, and counts', async () => {
    using folder = makeFolder();
    const added = await (await BundleStore.open(folder.path)).add(upload(TAR), MAXIMUM);
    const store = await BundleStore.open(folder.path);
    expect(await store.get(ID)).toEqual(added);
    expect(store.usedBytes).toBe(TAKEN);
    using bundle = await store.retain(ID);
    expect(readFileSync(join(bundle.folder, 'dist', 'index.html'), 'utf8')).toBe('hello');
  });

  test('added by many at a time, in between deleted, is unpacked once or again, and always whole', async () => {
    using folder = makeFolder();
    const store = await BundleStore.open(folder.path);
    const add = () => store.add(upload(TAR), MAXIMUM);
    const all = await Promise.all([add(), add(), add(), add().then(() => store.delete(ID).then(add)), add()]);
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set([ID]));
    expect(store.usedBytes).toBe(TAKEN);
    expect(readdirSync(join(folder.path, 'bundles'))).toEqual([ID]);
  });

  test('that is refused leaves nothing, and does not keep others from being added', async () => {
    using folder = makeFolder();
    const store = await BundleStore.open(folder.path);
    const hostile = tarOf({ name: 'good' }, { name: '../outside', content: 'x' });
    const before = treeSnapshot(folder.path);
    const both = await Promise.allSettled([
      store.add(upload(hostile), MAXIMUM),
      store.add(upload(hostile), MAXIMUM),
    ]);
    for (const one of both) expect(one).toMatchObject({ reason: { code: 'BUNDLE_REFUSED' } });
    const mismatch = store.add(upload(TAR), { ...MAXIMUM, expectedSha256: sha256('other') });
    await expect(mismatch).rejects.toMatchObject({ code: 'UPLOAD_HASH_MISMATCH' });
    await expect(store.add(upload(TAR), { maximumBytes: 100 })).rejects.toMatchObject({
      code: 'UPLOAD_TOO_LARGE',
    });
    const cancelled = store.add(upload(TAR), { ...MAXIMUM, signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'UPLOAD_CANCELLED' });
    expect(treeSnapshot(folder.path)).toEqual(before);
    expect(store.usedBytes).toBe(0);
    expect(await store.add(upload(TAR), MAXIMUM)).toMatchObject({ id: ID });
  });

  test('has no place in a full folder, however small its archive is', async () => {
    using folder = makeFolder();
    const store = await BundleStore.open(folder.path, { totalBytes: 1_000_000 });
    const large = gzipSync(tarOf({ content: Buffer.alloc(2_000_000) }));
    const full = { code: 'STORAGE_FULL', httpStatus: 507 };
    await expect(store.add(upload(large), MAXIMUM)).rejects.toMatchObject(full);
    const many = zipOf(Array.from({ length: 300 }, (_, index) => ({ name: `${index}` })));
    await expect(store.add(upload(many), MAXIMUM)).rejects.toMatchObject(full);
    expect(store.usedBytes).toBe(0);
    expect(readdirSync(join(folder.path, 'bundles'))).toEqual([]);
    await store.add(upload(TAR), MAXIMUM);
    expect(store.usedBytes).toBe(TAKEN);
  });

  test.each([
    ['has lost a file', (files: string) => rmSync(join(files, 'dist', 'index.html'))],
    ['has a file that was cut', (files: string) => writeFileSync(join(files, 'dist', 'index.html'), '')],
  ])('that %s goes when it is asked for, and can be added again', async (_what, damage) => {
    using folder = makeFolder();
    await (await BundleStore.open(folder.path)).add(upload(TAR), MAXIMUM);
    damage(join(folder.path, 'bundles', ID, 'files'));
    const store = await BundleStore.open(folder.path);
    await expect(store.retain(ID)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED', httpStatus: 500 });
    expect(store.has(ID)).toBe(false);
    await store.add(upload(TAR), MAXIMUM);
    using bundle = await store.retain(ID);
    expect(readFileSync(join(bundle.folder, 'dist', 'index.html'), 'utf8')).toBe('hello');
    damage(join(folder.path, 'bundles', ID, 'files'));
    const again = await BundleStore.open(folder.path);
    expect(await again.add(upload(TAR), MAXIMUM)).toMatchObject({ id: ID });
    expect(readFileSync(join(bundle.folder, 'dist', 'index.html'), 'utf8')).toBe('hello');
  });

  test('without its list is not one', async () => {
    using folder = makeFolder();
    mkdirSync(join(folder.path, 'bundles', ID, 'files'), { recursive: true });
    const store = await BundleStore.open(folder.path);
    expect(store.list()).toEqual([]);
    expect(readdirSync(join(folder.path, 'bundles'))).toEqual([]);
  });
});

const ROUNDS = 25;

test('a kill at any moment leaves whole bundles or none', { timeout: 120_000 }, async () => {
  const content = (name: string) => Buffer.from(`${name} `.repeat(2000));
  const names = Array.from({ length: 25 }, (_, index) => `folder-${index % 7}/file-${index}`);
  const parts = names.map((name) => ({ name, content: content(name) }));
  const archives = { tar: tarOf(...parts), gzip: gzipSync(tarOf(...parts)), zip: zipOf(parts) };
  using folder = makeFolder(archives);
  const path = join(folder.path, 'store');
  const ids = Object.values(archives).map((bytes) => sha256(bytes));
  const program = fileURLToPath(new URL('../../../support/bundle-writer-process.mjs', import.meta.url));
  const seen = { unfinished: 0, whole: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const args = [program, path, ...Object.keys(archives).map((name) => join(folder.path, name))];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    // The moment is what is tried here, not what is waited for.
    await delay(round * 7 + 1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    seen.unfinished += readdirSync(join(path, 'bundles')).filter((name) => name.endsWith('.part')).length;
    const store = await BundleStore.open(path);
    const bundles = store.list();
    seen.whole += bundles.length;
    expect(readdirSync(join(path, 'bundles')).sort()).toEqual(bundles.map(({ id }) => id).sort());
    for (const { id } of bundles) {
      expect(ids).toContain(id);
      using bundle = await store.retain(id);
      const found = Object.entries(treeSnapshot(bundle.folder)).filter(([, what]) => what.startsWith('file'));
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(names.map((name) => [name, `file 600 ${sha256(content(name))}`])),
      );
    }
    for (const { id } of bundles) await store.delete(id);
    expect(store.usedBytes).toBe(0);
  }
  // Kills have come while something was half-done, and also while something was whole.
  expect(seen.unfinished).toBeGreaterThan(0);
  expect(seen.whole).toBeGreaterThan(0);
});
