import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { StorageAccount } from '#src/main/server/content/storage-account.js';
import { unpackBundle } from '#src/main/server/content/unpack-bundle.js';
import { makeFolder } from '../../../support/folder.js';
import { tarOf } from '../../../support/tar-bytes.js';
import { treeSnapshot } from '../../../support/tree-snapshot.js';
import { zipOf } from '../../../support/zip-bytes.js';

/** Content that compresses to about half. */
function halfNoise(bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let at = 0; at + 64 < bytes; at += 64) createHash('sha256').update(`${at}`).digest().copy(content, at);
  return content;
}

const PARTS = Array.from({ length: 40 }, (_, index) => ({ name: `${index}`, content: halfNoise(100_000) }));
// By name: titles are made of what the tests are given.
const ARCHIVES = { tar: tarOf(...PARTS), 'tar.gz': gzipSync(tarOf(...PARTS)), zip: zipOf(PARTS) };

describe.each(['tar', 'tar.gz', 'zip'] as const)('unpacking a %s', (kind) => {
  const archive = ARCHIVES[kind];

  test('stops when its time is up, wherever it is', async () => {
    using folder = makeFolder({ archive });
    const before = treeSnapshot(folder.path);
    for (const steps of [0, 5, 50]) {
      let asked = 0;
      const now = () => (asked++ > steps ? 1001 : 0);
      const work = unpackBundle(
        join(folder.path, 'archive'),
        join(folder.path, 'to'),
        { timeMs: 1000 },
        { now },
      );
      const details = { setting: 'timeMs', limit: 1000 };
      await expect(work).rejects.toMatchObject({ code: 'BUNDLE_LIMIT_EXCEEDED', httpStatus: 413, details });
      expect(treeSnapshot(folder.path)).toEqual(before);
    }
  });

  test('stops when cancelled, wherever it is', async () => {
    using folder = makeFolder({ archive });
    const before = treeSnapshot(folder.path);
    for (const steps of [0, 5, 50]) {
      const controller = new AbortController();
      let asked = 0;
      const now = () => {
        if (asked++ === steps) controller.abort();
        return 0;
      };
      const control = { now, signal: controller.signal };
      const work = unpackBundle(join(folder.path, 'archive'), join(folder.path, 'to'), {}, control);
      await expect(work).rejects.toMatchObject({ code: 'UPLOAD_CANCELLED' });
      expect(treeSnapshot(folder.path)).toEqual(before);
    }
  });

  test('stops in a full folder', async () => {
    using folder = makeFolder({ archive });
    const before = treeSnapshot(folder.path);
    const share = new StorageAccount(folder.path, 1_000_000).share();
    const work = unpackBundle(join(folder.path, 'archive'), join(folder.path, 'to'), {}, { share });
    await expect(work).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(treeSnapshot(folder.path)).toEqual(before);
  });

  test('is stopped by the last byte over a limit, and by none under it', async () => {
    using folder = makeFolder({ archive });
    const all = 4_000_000;
    const unpack = (target: string, limits: object) =>
      unpackBundle(join(folder.path, 'archive'), join(folder.path, target), limits);
    const exact = { unpackedBytes: all, fileBytes: 100_000, entries: 40, depth: 1, pathBytes: 2 };
    await expect(unpack('exact', exact)).resolves.toMatchObject({ unpackedBytes: all });
    for (const setting of ['unpackedBytes', 'fileBytes', 'entries', 'pathBytes'] as const) {
      const work = unpack('less', { ...exact, [setting]: exact[setting] - 1 });
      await expect(work).rejects.toMatchObject({ code: 'BUNDLE_LIMIT_EXCEEDED', details: { setting } });
    }
  });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a limit of %s is none', async (entries) => {
  using folder = makeFolder();
  writeFileSync(join(folder.path, 'archive'), tarOf());
  const work = unpackBundle(join(folder.path, 'archive'), join(folder.path, 'to'), { entries });
  await expect(work).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
