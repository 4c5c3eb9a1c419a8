import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { PreparedPlugin } from '#src/main/component/prepared-plugin.js';
import { parseProject } from '#src/main/project/load-project.js';
import type { PluginStep } from '#src/main/project/project-model.js';
import { type GrantFolders, grantsOf, readFiles } from '#src/main/sync/step-grants.js';

const project = mkdtempSync(join(tmpdir(), 'sandpool-grants-'));
const canister = join(project, 'canisters/back');
mkdirSync(join(canister, 'data/deep'), { recursive: true });
mkdirSync(join(project, 'shared'));
writeFileSync(join(canister, 'config.txt'), '\ufeffcafé');
writeFileSync(join(project, 'shared/all.txt'), 'for all');
writeFileSync(join(canister, 'binary'), new Uint8Array([0xc3, 0x28]));
symlinkSync('data', join(canister, 'linked'));
symlinkSync('/etc', join(canister, 'data/etc'));
afterAll(() => rmSync(project, { recursive: true }));

const INLINE: GrantFolders = { project, canister: project };
const NESTED: GrantFolders = { project, canister };

async function step(grants: string): Promise<PluginStep> {
  const manifest = `canisters:\n  - name: a\n    build: {}\n    sync:\n      steps:\n        - {type: plugin, path: p.wasm, ${grants}}\n`;
  const sync = (await parseProject(manifest, project)).canisters.get('a')?.sync;
  return (sync?.kind === 'steps' ? sync.steps[0] : undefined) as PluginStep;
}

/** All that granting looks at. */
function plugin(interfaceVersion: '0.1' | '0.2'): PreparedPlugin {
  return { name: 'p.wasm', interfaceVersion } as PreparedPlugin;
}

describe('0.2', () => {
  const named = async (grants: string, folders = NESTED) =>
    grantsOf(await step(grants), plugin('0.2'), folders);

  test('tells directories from files by what is on disk, and keeps names and paths as declared', async () => {
    const grants = await named(
      'files: {seed: [data, ./data/deep/], config: config.txt, up: [../../shared, ../../shared/all.txt]}',
    );
    expect(grants.directories).toEqual([
      { key: 'seed', guestPath: 'data', root: canister, path: 'data' },
      { key: 'seed', guestPath: './data/deep/', root: canister, path: 'data/deep' },
      { key: 'up', guestPath: '../../shared', root: project, path: 'shared' },
    ]);
    expect(readFiles(grants.files)).toEqual([
      { key: 'config', name: 'config.txt', content: '\ufeffcafé' },
      { key: 'up', name: '../../shared/all.txt', content: 'for all' },
    ]);
  });

  test('nothing is granted by nothing', async () => {
    const nothing = { directories: [], files: [] };
    expect(await named('files: []')).toEqual(nothing);
    expect(await named('files: {}, dirs: []')).toEqual(nothing);
    expect(await named('sha256: ~')).toEqual(nothing);
  });

  test('a path that begins with two dots need not rise', async () => {
    mkdirSync(join(canister, '..dots'));
    expect((await named('files: {x: ..dots}')).directories[0]).toMatchObject({
      root: canister,
      path: '..dots',
    });
  });

  test.each([
    [
      'a plain list',
      'files: [data]',
      'MANIFEST_INVALID',
      "the plugin at p.wasm implements icp:sync-plugin@0.2, which names every entry, but 'data' was declared in a plain list. Write `files:` as a map of name → path, or rebuild the plugin against icp:sync-plugin@0.1.",
    ],
    [
      'dirs',
      'dirs: [data]',
      'MANIFEST_INVALID',
      "the plugin at p.wasm implements icp:sync-plugin@0.2, which has no separate `dirs:` setting. List the directory 'data' under `files:` instead — the host tells a directory from a file by what is on disk.",
    ],
    ['dirs with names', 'dirs: {x: data}', 'MANIFEST_INVALID', 'no separate `dirs:`'],
    ['a path above the project', 'files: {x: ../../../y}', 'PATH_NOT_CONFINED', '../../../y'],
    ['the folder above the project', 'files: {x: ../../..}', 'PATH_NOT_CONFINED', '../../..'],
    ['an absolute path', 'files: {x: /etc}', 'PATH_NOT_CONFINED', '/etc'],
    ['a path into the project from outside of it', 'files: {x: /}', 'PATH_NOT_CONFINED', '/'],
    ['a link', 'files: {x: linked}', 'PATH_THROUGH_LINK', 'linked'],
    ['nothing there', 'files: {x: data/none}', 'FILE_NOT_FOUND', 'data/none'],
    ['a way through a file', 'files: {x: config.txt/y}', 'FILE_NOT_FOUND', 'config.txt/y'],
  ])('refuses %s', async (_, grants, code, says) => {
    await expect(named(grants)).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
  });

  test.each([
    ['that is not text', 'files: {x: binary}', 'FILE_UNREADABLE'],
    ['behind a link', 'files: {x: data/etc/hostname}', 'PATH_THROUGH_LINK'],
  ])('refuses to read a file %s', async (_, grants, code) => {
    const { files } = await named(grants);
    expect(() => readFiles(files)).toThrow(expect.objectContaining({ code }));
  });
});

describe('0.1', () => {
  const listed = async (grants: string, folders = INLINE) =>
    grantsOf(await step(grants), plugin('0.1'), folders);

  test('directories and files, relative to the canister’s folder', async () => {
    const grants = await listed('dirs: [data, .], files: [./config.txt]', NESTED);
    expect(grants.directories).toEqual([
      { key: '', guestPath: 'data', root: canister, path: 'data' },
      { key: '', guestPath: '.', root: canister, path: '.' },
    ]);
    expect(readFiles(grants.files)).toEqual([{ key: '', name: './config.txt', content: '\ufeffcafé' }]);
  });

  test.each([
    [
      'names for files',
      'files: {x: [data, b]}',
      "entries carry no name, but 'data' was declared under the name 'x'",
    ],
    [
      'names for directories',
      'dirs: {x: data}',
      "entries carry no name, but 'data' was declared under the name 'x'",
    ],
  ])('refuses %s', async (_, grants, says) => {
    await expect(listed(grants)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      message: expect.stringMatching(
        /^icp\.yaml:6:\d+: the plugin at p\.wasm implements icp:sync-plugin@0\.1, whose/,
      ),
      details: expect.objectContaining({ problem: expect.stringContaining(says) }),
    });
  });

  test.each(['..', '../x', 'a/../../x', 'data/../data', '/etc'])('refuses %s', async (path) => {
    await expect(listed(`dirs: [${path}]`, NESTED)).rejects.toMatchObject({ code: 'PATH_NOT_CONFINED' });
    await expect(listed(`files: [${path}]`, NESTED)).rejects.toMatchObject({ code: 'PATH_NOT_CONFINED' });
  });
});
