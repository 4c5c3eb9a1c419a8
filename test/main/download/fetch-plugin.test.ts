import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DownloadCache } from '#src/main/download/download-cache.js';
import { fetchPlugin } from '#src/main/download/fetch-plugin.js';
import { webServer } from './support/web-server.js';

const PLUGIN = Buffer.from('\0asm, or so');
const SHA256 = createHash('sha256').update(PLUGIN).digest('hex');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugins-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
const cache = (): DownloadCache => new DownloadCache({ folder, icpPackages: 'none' });

test('a plugin is fetched once, and again when what was kept was changed', async () => {
  await using server = await webServer((_, response) => response.end(PLUGIN));
  const fetched = () =>
    fetchPlugin({ url: server.url, sha256: SHA256 }, { cache: cache(), addresses: 'any' });
  expect(PLUGIN.equals(await fetched())).toBe(true);
  expect(PLUGIN.equals(await fetched())).toBe(true);
  expect(server.requests).toHaveLength(1);
  await writeFile(join(folder, `${SHA256}.download`), 'changed');
  expect(PLUGIN.equals(await fetched())).toBe(true);
  expect(PLUGIN.equals(await fetched())).toBe(true);
  expect(server.requests).toHaveLength(2);
});

test('a plugin that was kept needs no address that can be fetched', async () => {
  await cache().keep(PLUGIN);
  const plugin = { url: 'file:///nowhere', sha256: SHA256.toUpperCase() };
  expect(PLUGIN.equals(await fetchPlugin(plugin, { cache: cache(), addresses: 'public-only' }))).toBe(true);
});

test('another file than was declared is not used and not kept', async () => {
  await using server = await webServer((_, response) => response.end('another'));
  const plugin = { url: server.url, sha256: SHA256 };
  await expect(fetchPlugin(plugin, { cache: cache(), addresses: 'any' })).rejects.toMatchObject({
    code: 'DOWNLOAD_HASH_MISMATCH',
  });
  expect(await cache().list()).toEqual([]);
});

test('a plugin is not fetched from a file, nor from this machine unless that is allowed', async () => {
  const options = { cache: cache(), addresses: 'public-only' } as const;
  for (const url of ['file:///etc/passwd', 'http://127.0.0.1:1/']) {
    await expect(fetchPlugin({ url, sha256: SHA256 }, options)).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
    });
  }
  await expect(fetchPlugin({ url: 'http://127.0.0.1:1/', sha256: 'abc' }, options)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
  });
});

test('those who ask at once share a download, and its failure', async () => {
  let status = 500;
  await using server = await webServer((_, response) => response.writeHead(status).end(PLUGIN));
  const all = () =>
    Promise.allSettled(
      Array.from({ length: 10 }, () =>
        fetchPlugin({ url: server.url, sha256: SHA256 }, { cache: cache(), addresses: 'any' }),
      ),
    );
  expect((await all()).map((one) => one.status)).toEqual(Array(10).fill('rejected'));
  expect(server.requests).toHaveLength(1);
  status = 200;
  expect((await all()).map((one) => one.status)).toEqual(Array(10).fill('fulfilled'));
  expect(server.requests).toHaveLength(2);
});

test('who looks for it longer than the download takes does not download it once more', async () => {
  await using server = await webServer((_, response) => response.end(PLUGIN));
  let first: Promise<unknown> | undefined;
  class SlowToLook extends DownloadCache {
    override async content(): Promise<undefined> {
      await first;
    }
  }
  const fetched = () =>
    fetchPlugin(
      { url: server.url, sha256: SHA256 },
      { cache: new SlowToLook({ folder: undefined }), addresses: 'any' },
    );
  const asked = fetched();
  first = asked;
  await Promise.all([asked, fetched()]);
  expect(server.requests).toHaveLength(1);
});

test('who gives up leaves the others waiting; when all have, the download ends', async () => {
  const held: ServerResponse[] = [];
  let arrived = (): void => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  await using server = await webServer((_, response) => {
    held.push(response);
    arrived();
  });
  const fetched = (signal?: AbortSignal) =>
    fetchPlugin({ url: server.url, sha256: SHA256 }, { cache: cache(), addresses: 'any', signal });
  const stop = new AbortController();
  const [impatient, patient] = [fetched(stop.signal), fetched()];
  await arrival;
  stop.abort();
  await expect(impatient).rejects.toMatchObject({ code: 'CANCELLED' });
  held[0]?.end(PLUGIN);
  expect(PLUGIN.equals(await patient)).toBe(true);
  expect(server.requests).toHaveLength(1);

  await rm(folder, { recursive: true });
  const again = new AbortController();
  let closed: Promise<unknown> = Promise.resolve();
  const second = new Promise<void>((resolve) => {
    arrived = () => {
      closed = new Promise((done) => held[1]?.on('close', done));
      resolve();
    };
  });
  const alone = fetched(again.signal);
  await second;
  again.abort();
  await expect(alone).rejects.toMatchObject({ code: 'CANCELLED' });
  await closed;
});
