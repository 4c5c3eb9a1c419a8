import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DownloadCache } from '#src/main/download/download-cache.js';
import { SandboxPool } from '#src/main/index.js';
import { watPlugin } from '../../support/wat-plugin.js';
import { sandpool } from './command-line.js';

let caches: string;
beforeAll(async () => {
  caches = await mkdtemp(join(tmpdir(), 'caches-'));
});
afterAll(() => rm(caches, { recursive: true, force: true }));

test('what is kept can be listed and removed', async () => {
  const variables = { XDG_CACHE_HOME: caches };
  await using pool = await SandboxPool.create({ cacheFolder: join(caches, 'sandpool') });
  const { sha256 } = await pool.prepare({ bytes: await watPlugin(), name: 'plugins/one.wasm' });
  await pool.close();

  const listed = await sandpool(['cache', 'ls'], undefined, variables);
  expect(listed.stdout).toMatch(new RegExp(`^${sha256.slice(0, 12)} .* plugins/one\\.wasm$`, 'm'));
  expect(listed.stdout).toMatch(/^1 translation, \S+ KiB; 2 compiled scripts, \S+ KiB in /m);

  const kept = await sandpool(['cache', 'prune', '--keep', '64', '--json'], undefined, variables);
  expect(JSON.parse(kept.stdout)).toMatchObject({ removed: [] });
  const removed = await sandpool(['cache', 'prune'], undefined, variables);
  expect(removed).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^removed 1 translation, .*; 2 compiled scripts, /),
  });

  const empty = await sandpool(['cache', 'ls', '--json'], undefined, variables);
  expect(JSON.parse(empty.stdout)).toEqual({ folder: join(caches, 'sandpool'), entries: [] });
});

test('fetched files are listed and removed too', async () => {
  const variables = { XDG_CACHE_HOME: caches };
  const downloads = new DownloadCache({ folder: join(caches, 'sandpool'), icpPackages: 'none' });
  const sha256 = await downloads.keep(Buffer.alloc(2048));
  const listed = await sandpool(['cache', 'ls'], undefined, variables);
  expect(listed.stdout).toMatch(new RegExp(`^${sha256.slice(0, 12)} .* fetched$`, 'm'));
  expect(listed.stdout).toContain('; 1 fetched file, 2.0 KiB in ');
  const removed = await sandpool(['cache', 'prune', '--json'], undefined, variables);
  expect(JSON.parse(removed.stdout)).toMatchObject({
    removed: [{ kind: 'download', sha256, sizeBytes: 2048 }],
  });
  expect(await downloads.list()).toEqual([]);
});

test('a size that is none is refused', async () => {
  const refused = await sandpool(['cache', 'prune', '--keep', 'much']);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('--keep');
});
