import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ContentStore } from '#src/main/server/content/content-store.js';
import { makeFolder } from '../../../support/folder.js';
import { sha256, treeSnapshot } from '../../../support/tree-snapshot.js';

const MAXIMUM = { maximumBytes: 1000 };

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe('content by its hash', () => {
  test('is put, found, read, listed and deleted', async () => {
    using folder = makeFolder();
    const path = join(folder.path, 'deep', 'store');
    const store = await ContentStore.open(path);
    const stored = await store.put(chunks('hel', '', 'lo'), MAXIMUM);
    expect(stored).toMatchObject({ sha256: sha256('hello'), bytes: 5 });
    expect(treeSnapshot(path)).toEqual({
      '.': 'directory 700',
      [sha256('hello')]: `file 600 ${sha256('hello')}`,
    });
    expect(await store.has(stored.sha256)).toBe(true);
    expect((await store.read(stored.sha256)).toString()).toBe('hello');
    const file = await store.open(stored.sha256);
    expect(await file.readFile('utf8')).toBe('hello');
    await file.close();
    expect(await store.list()).toMatchObject([
      { sha256: stored.sha256, bytes: 5, storedAt: expect.any(Date) },
    ]);
    expect(await store.delete(stored.sha256)).toBe(true);
    expect(await store.delete(stored.sha256)).toBe(false);
    expect(await store.has(stored.sha256)).toBe(false);
    await expect(store.read(stored.sha256)).rejects.toMatchObject({
      code: 'CONTENT_NOT_FOUND',
      httpStatus: 404,
    });
    expect(store.usedBytes).toBe(0);
  });

  test('of nothing, and of one large chunk', async () => {
    using folder = makeFolder();
    const store = await ContentStore.open(folder.path);
    expect(await store.put(chunks(), { maximumBytes: 0 })).toMatchObject({ bytes: 0, sha256: sha256('') });
    const large = 'x'.repeat(3_000_000);
    const { sha256: id } = await store.put(chunks(large), { maximumBytes: large.length });
    expect(id).toBe(sha256(large));
    expect((await store.read(id)).equals(Buffer.from(large))).toBe(true);
  });

  test('written by many at a time is stored once', async () => {
    using folder = makeFolder();
    const [one, other] = [await ContentStore.open(folder.path), await ContentStore.open(folder.path)];
    const puts = Array.from({ length: 20 }, (_, index) =>
      (index % 2 ? one : other).put(chunks('a', 'b', 'c'), MAXIMUM),
    );
    expect(new Set((await Promise.all(puts)).map((stored) => stored.sha256))).toEqual(
      new Set([sha256('abc')]),
    );
    expect(readdirSync(folder.path)).toEqual([sha256('abc')]);
  });

  test('that is too large is stopped where it is, and the sender is told', async () => {
    using folder = makeFolder();
    const store = await ContentStore.open(folder.path);
    let sent = 0;
    let stopped = false;
    async function* endless() {
      try {
        while (true) yield Buffer.alloc(100, sent++);
      } finally {
        stopped = true;
      }
    }
    await expect(store.put(endless(), MAXIMUM)).rejects.toMatchObject({
      code: 'UPLOAD_TOO_LARGE',
      httpStatus: 413,
    });
    expect(sent).toBe(11);
    expect(stopped).toBe(true);
    expect(readdirSync(folder.path)).toEqual([]);
    expect(store.usedBytes).toBe(0);
  });

  test('that is not what was announced is refused', async () => {
    using folder = makeFolder();
    const store = await ContentStore.open(folder.path);
    const put = store.put(chunks('a'), { ...MAXIMUM, expectedSha256: sha256('b') });
    await expect(put).rejects.toMatchObject({ code: 'UPLOAD_HASH_MISMATCH', httpStatus: 422 });
    expect(readdirSync(folder.path)).toEqual([]);
    expect(await store.put(chunks('b'), { ...MAXIMUM, expectedSha256: sha256('b') })).toMatchObject({
      bytes: 1,
    });
    const malformed = store.put(chunks('b'), { ...MAXIMUM, expectedSha256: sha256('b').toUpperCase() });
    await expect(malformed).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(store.put(chunks('b'), { maximumBytes: Number.NaN })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  test('whose sender goes away leaves nothing', async () => {
    using folder = makeFolder();
    const store = await ContentStore.open(folder.path);
    const stream = new Readable({ read() {} });
    stream.push('begun');
    const put = store.put(stream, MAXIMUM);
    // A reset connection is not a failure of the disk, although it has a code as those have.
    stream.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(put).rejects.toMatchObject({ code: 'UPLOAD_INTERRUPTED', httpStatus: 400 });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('whose sender hangs is given up when cancelled', async () => {
    using folder = makeFolder();
    const store = await ContentStore.open(folder.path);
    const controller = new AbortController();
    const stream = new Readable({ read: () => controller.abort() });
    const put = store.put(stream, { ...MAXIMUM, signal: controller.signal });
    await expect(put).rejects.toMatchObject({ code: 'UPLOAD_CANCELLED' });
    expect(readdirSync(folder.path)).toEqual([]);
    stream.destroy();
  });

  test('is given up when cancelled', async () => {
    using folder = makeFolder();
    const store = await ContentStore.open(folder.path);
    const controller = new AbortController();
    async function* cancelled() {
      yield Buffer.from('a');
      controller.abort();
      yield Buffer.from('b');
    }
    const put = store.put(cancelled(), { ...MAXIMUM, signal: controller.signal });
    await expect(put).rejects.toMatchObject({ code: 'UPLOAD_CANCELLED', httpStatus: 499 });
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('has a limit for all of it together, counted from the start and given back', async () => {
    using folder = makeFolder();
    await (await ContentStore.open(folder.path)).put(chunks('12345'), MAXIMUM);
    const store = await ContentStore.open(folder.path, { totalBytes: 10 });
    expect(store.usedBytes).toBe(5);
    await expect(store.put(chunks('abc', 'def'), MAXIMUM)).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      httpStatus: 507,
    });
    expect(store.usedBytes).toBe(5);
    await store.put(chunks('abcde'), MAXIMUM);
    await store.delete(sha256('12345'));
    await store.put(chunks('fghij'), MAXIMUM);
    expect(store.usedBytes).toBe(10);
  });

  test('left half-written by a crash goes at the next start, and nothing else does', async () => {
    using folder = makeFolder({ notes: 'ours' });
    const program = `
      import { ContentStore } from ${JSON.stringify(new URL('../../../../dist/main/server/content/content-store.js', import.meta.url).href)};
      const store = await ContentStore.open(process.argv[1]);
      async function* whole() { yield Buffer.from('whole'); }
      await store.put(whole(), { maximumBytes: 9 });
      async function* killed() { yield Buffer.from('half'); process.kill(process.pid, 'SIGKILL'); yield Buffer.from(' more'); }
      await store.put(killed(), { maximumBytes: 9 });`;
    expect(() =>
      execFileSync(process.execPath, ['--input-type=module', '-e', program, folder.path]),
    ).toThrow();
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).toHaveLength(1);
    const store = await ContentStore.open(folder.path);
    expect(readdirSync(folder.path).sort()).toEqual([sha256('whole'), 'notes'].sort());
    expect(store.usedBytes).toBe(5);
  });

  test('is not read when it is no longer what it was, nor through a link, nor by another name', async () => {
    using folder = makeFolder({ outside: 'secret' });
    const path = join(folder.path, 'store');
    const store = await ContentStore.open(path);
    const { sha256: id } = await store.put(chunks('a'), MAXIMUM);
    writeFileSync(join(path, id), 'b');
    await expect(store.read(id)).rejects.toMatchObject({ code: 'CONTENT_DAMAGED' });
    symlinkSync(join(folder.path, 'outside'), join(path, sha256('secret')));
    await expect(store.read(sha256('secret'))).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await store.has(sha256('secret'))).toBe(false);
    for (const name of ['../outside', '', id.toUpperCase(), `${id}/`]) {
      await expect(store.open(name)).rejects.toMatchObject({ code: 'CONTENT_NOT_FOUND' });
      expect(await store.has(name)).toBe(false);
      expect(await store.delete(name)).toBe(false);
    }
  });

  test('is not kept where others may write, nor in what is no folder', async () => {
    using folder = makeFolder({ file: '' });
    const shared = join(folder.path, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    for (const path of [shared, join(folder.path, 'file')]) {
      await expect(ContentStore.open(path)).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
        httpStatus: 500,
      });
    }
  });
});
