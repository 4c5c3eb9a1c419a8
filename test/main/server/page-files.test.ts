import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pageFolder, readPageFiles } from '#src/main/server/page-files.js';
import { makeFolder, type TestFolder } from '../../support/folder.js';

describe('the page as it was built', () => {
  test('is there, kept by browsers only as long as it is true', async () => {
    const files = await readPageFiles();
    const page = files.get('/');
    expect(page).toMatchObject({ contentType: 'text/html; charset=utf-8', cacheControl: 'no-cache' });
    expect(page?.etag).toMatch(/^"[\w-]{22}"$/);
    const assets = [...files].filter(([path]) => path.startsWith('/assets/'));
    expect(assets.map(([, { contentType }]) => contentType).sort()).toEqual([
      'image/svg+xml',
      'text/css; charset=utf-8',
      'text/javascript; charset=utf-8',
    ]);
    for (const [, { cacheControl }] of assets) expect(cacheControl).toMatch(/immutable/);
  });

  test('names only files that there are, and has nothing inline', async () => {
    const files = await readPageFiles();
    const html = files.get('/')?.body.toString() ?? '';
    const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((path) => !files.has(path))).toEqual([]);
    expect(html).not.toMatch(/<style|\bstyle=|\bon\w+=|<script(?![^>]*\bsrc=)/);
  });

  test('is made of sources that never make markup of text, nor keep anything beyond the tab', async () => {
    const folder = fileURLToPath(new URL('../../../src/main/server/page/', import.meta.url));
    const names = (await readdir(folder, { recursive: true })).filter((name) => /\.tsx?$/.test(name));
    expect(names.length).toBeGreaterThan(20);
    const forbidden =
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|\.cookie|https?:\/\//i;
    const wrong = names.filter((name) => forbidden.test(readFileSync(join(folder, name), 'utf8')));
    expect(wrong).toEqual([]);
  });

  test('comes with the terms of the packages in it', async () => {
    const files = await readPageFiles();
    const terms = files.get('/LICENCES.txt')?.body.toString() ?? '';
    for (const name of ['preact', '@preact/signals', 'uplot', 'eventsource-parser']) {
      expect(terms).toContain(`\n${name} `.trimStart());
    }
  });
});

describe('its folder', () => {
  let folder: TestFolder;
  beforeEach(() => {
    folder = makeFolder({
      'main/server/page/index.html': '<!doctype html>',
      'main/command/sandpool.cjs': '',
    });
  });
  afterEach(() => folder[Symbol.dispose]());

  test.each(['server/page-files.js', 'command/sandpool.cjs'])('is found from %s', async (module) => {
    const found = pageFolder(pathToFileURL(join(folder.path, 'main', module)).href);
    expect(found).toBe(join(folder.path, 'main/server/page/'));
    expect([...(await readPageFiles(found)).keys()]).toEqual(['/']);
  });

  test('that was not built is said so', async () => {
    const missing = join(folder.path, 'nothing/');
    await expect(readPageFiles(missing)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});
