import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DownloadCache } from '#src/main/download/download-cache.js';
import { IcpPackages } from '#src/main/download/icp-packages.js';
import { type FetchRecipeOptions, fetchRecipe } from '#src/main/project/recipe/fetch-recipe.js';
import { webServer } from '../../download/support/web-server.js';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'recipes-'));
});
afterEach(() => rm(project, { recursive: true, force: true }));

const options = (addresses: 'any' | 'public-only' = 'any'): FetchRecipeOptions => ({
  projectFolder: project,
  addresses,
  cache: new DownloadCache({
    folder: join(project, 'cache'),
    icpPackages: new IcpPackages(join(project, 'pkg')),
  }),
});

/** What a recipe's template is, after it has rendered or not. */
async function templateOf(type: string, sha256?: string, then: 'renders' | 'does-not' = 'renders') {
  const { template, rendered } = await fetchRecipe({ type, sha256 }, options());
  if (then === 'renders') await rendered();
  return template;
}

describe('a recipe in a file', () => {
  test('is read from the project, or from anywhere', async () => {
    await mkdir(join(project, 'recipes'));
    await writeFile(join(project, 'recipes', 'r.hbs'), 'build: é');
    expect(await templateOf('file://recipes/r.hbs')).toBe('build: é');
    expect(await templateOf('file://./recipes/../recipes/r.hbs')).toBe('build: é');
    expect(await templateOf(`file://${join(project, 'recipes', 'r.hbs')}`, hashOf('build: é'))).toBe(
      'build: é',
    );
  });

  test('is read again each time', async () => {
    await writeFile(join(project, 'r.hbs'), 'one');
    expect(await templateOf('file://r.hbs')).toBe('one');
    await writeFile(join(project, 'r.hbs'), 'two');
    expect(await templateOf('file://r.hbs')).toBe('two');
  });

  test('is refused when it is not there, not a file, not UTF-8, too large, or another', async () => {
    await writeFile(join(project, 'latin1.hbs'), Buffer.from([0xe9]));
    await writeFile(join(project, 'large.hbs'), 'x'.repeat(1024 * 1024 + 1));
    const refusals = [
      ['file://nowhere.hbs', 'there is no such file'],
      ['file://.', 'it is not a file'],
      ['file://', 'it is not a file'],
      ['file://latin1.hbs', 'it is not UTF-8'],
      ['file://large.hbs', 'it has more than 1048576 bytes'],
      ['file:///dev/zero', 'it is not a file'],
    ];
    for (const [type = '', reason] of refusals) {
      await expect(templateOf(type)).rejects.toMatchObject({ code: 'RECIPE_INVALID', details: { reason } });
    }
    await writeFile(join(project, 'r.hbs'), 'one');
    await expect(templateOf('file://r.hbs', hashOf('two'))).rejects.toMatchObject({
      code: 'DOWNLOAD_HASH_MISMATCH',
    });
    await expect(templateOf('file://r.hbs', 'abc')).rejects.toMatchObject({ code: 'RECIPE_INVALID' });
  });
});

describe('a recipe at an address', () => {
  test('with a hash is kept at once', async () => {
    await using server = await webServer((_, response) => response.end('tpl'));
    expect(await templateOf(server.url, hashOf('tpl'), 'does-not')).toBe('tpl');
    expect(await templateOf(server.url, hashOf('tpl'), 'does-not')).toBe('tpl');
    expect(server.requests).toHaveLength(1);
  });

  test('with a hash that it does not have is refused, and not kept', async () => {
    let body = 'another';
    await using server = await webServer((_, response) => response.end(body));
    await expect(templateOf(server.url, hashOf('tpl'))).rejects.toMatchObject({
      code: 'DOWNLOAD_HASH_MISMATCH',
    });
    body = 'tpl';
    expect(await templateOf(server.url, hashOf('tpl'))).toBe('tpl');
  });

  test('without a hash is kept once it has rendered, and believed from then on', async () => {
    let body = 'bad';
    await using server = await webServer((_, response) => response.end(body));
    expect(await templateOf(server.url, undefined, 'does-not')).toBe('bad');
    body = 'good';
    expect(await templateOf(server.url)).toBe('good');
    body = 'later';
    expect(await templateOf(server.url)).toBe('good');
    expect(server.requests).toHaveLength(2);
    expect(await templateOf(`${server.url}/other`)).toBe('later');
    await options().cache.prune(0);
    expect(await templateOf(server.url)).toBe('later');
  });

  test('is bounded, and UTF-8', async () => {
    await using server = await webServer(({ url }, response) =>
      response.end(url === '/large' ? 'x'.repeat(1024 * 1024 + 1) : Buffer.from([0xe9])),
    );
    await expect(templateOf(`${server.url}/large`)).rejects.toMatchObject({ code: 'DOWNLOAD_TOO_LARGE' });
    await expect(templateOf(`${server.url}/latin1`)).rejects.toMatchObject({ code: 'RECIPE_INVALID' });
  });

  test('of this machine is refused where only public ones are allowed', async () => {
    await using server = await webServer((_, response) => response.end('tpl'));
    await expect(fetchRecipe({ type: server.url }, options('public-only'))).rejects.toMatchObject({
      code: 'DOWNLOAD_REFUSED',
    });
    expect(server.requests).toEqual([]);
  });
});

describe('what icp-cli has fetched is used', () => {
  const put = async (tag: string, template: string, folder = hashOf(template)): Promise<void> => {
    await mkdir(join(project, 'pkg', 'recipes', folder), { recursive: true });
    await writeFile(join(project, 'pkg', 'recipes', folder, 'recipe.hbs'), template);
    const manifest = { tags: { [tag]: folder }, updater_versions: {} };
    await writeFile(join(project, 'pkg', 'manifest.json'), JSON.stringify(manifest), { mode: 0o600 });
  };

  test('for an address', async () => {
    await using server = await webServer((_, response) => response.end('fetched'));
    await put(`uri+${server.url}/r:latest`, 'kept by icp-cli');
    expect(await templateOf(`${server.url}/r`)).toBe('kept by icp-cli');
    expect(await templateOf(`${server.url}/r`, hashOf('kept by icp-cli'))).toBe('kept by icp-cli');
    expect(server.requests).toEqual([]);
  });

  test('for a registry', async () => {
    await put('recipe@dfinity/rust:v3.0.0', 'kept by icp-cli');
    expect(await templateOf('@dfinity/rust@v3.0.0')).toBe('kept by icp-cli');
  });

  test('but not when it is not what it was', async () => {
    await using server = await webServer((_, response) => response.end('fetched'));
    await put(`uri+${server.url}/r:latest`, 'changed', hashOf('original'));
    expect(await templateOf(`${server.url}/r`)).toBe('fetched');
  });
});
