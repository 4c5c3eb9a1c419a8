import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDeployment } from '#src/main/project/deployment.js';
import { loadProject } from '#src/main/project/load-project.js';
import { findProjectRoot, locateProject } from '#src/main/project/project-root.js';
import { makeFolder } from '../../support/folder.js';

const inline = (name: string): string => `{name: ${name}, build: {}}`;

describe('the project that a folder is part of', () => {
  test('is the one above that depends on it, in however many steps', () => {
    using folder = makeFolder({
      'icp.yaml': 'dependencies: [{name: a, path: vendor/a}]\n',
      'vendor/a/icp.yaml': 'dependencies: [{name: b, path: b}]\n',
      'vendor/a/b/icp.yaml': '',
      'vendor/a/b/src/file': '',
    });
    expect(locateProject({ folder: join(folder.path, 'vendor/a/b/src') })).toEqual({
      root: folder.path,
      nearest: join(folder.path, 'vendor/a/b'),
    });
    expect(findProjectRoot({ folder: join(folder.path, 'vendor/a') })).toBe(folder.path);
  });

  test('is not one above that does not depend on it, nor one beyond that', () => {
    using folder = makeFolder({
      'icp.yaml': 'dependencies: [{name: b, path: a/b}]\n',
      'a/icp.yaml': '',
      'a/b/icp.yaml': '',
    });
    expect(findProjectRoot({ folder: join(folder.path, 'a/b') })).toBe(join(folder.path, 'a/b'));
  });

  test('is not one above that cannot be read', () => {
    using folder = makeFolder({ 'icp.yaml': 'dependencies: [\n', 'a/icp.yaml': '' });
    expect(findProjectRoot({ folder: join(folder.path, 'a') })).toBe(join(folder.path, 'a'));
  });

  test('is the folder itself when it is given', () => {
    using folder = makeFolder({ 'icp.yaml': 'dependencies: [{name: a, path: a}]\n', 'a/icp.yaml': '' });
    expect(findProjectRoot({ folder: folder.path, override: 'a' })).toBe(join(folder.path, 'a'));
  });
});

test('a circle of projects is told with all who are in it', async () => {
  using folder = makeFolder({
    'icp.yaml': 'dependencies: [{name: a, path: a}]\n',
    'a/icp.yaml': 'dependencies:\n  - {name: b, path: ../b}\n',
    'b/icp.yaml': 'dependencies:\n  - {name: a, path: ../a}\n',
  });
  await expect(loadProject(folder.path)).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: 'b/icp.yaml:2:21: projects depend on each other in a circle: `a` → `b` → `a`',
  });
});

test('a mistake in another file is told with that file', async () => {
  using folder = makeFolder({
    'icp.yaml': 'canisters: [one]\ndependencies: [{name: a, path: vendor/a}]\n',
    'one/canister.yaml': 'name: one\nbuild: {}\n',
    'vendor/a/icp.yaml': 'canisters: [two]\n',
    'vendor/a/two/canister.yaml': 'name: two\nbuild: {}\nsinc: {}\n',
  });
  await expect(loadProject(folder.path)).rejects.toMatchObject({
    message: expect.stringContaining('vendor/a/two/canister.yaml:3:1: '),
  });
});

test('an environment that a dependency does not declare is refused, but only when it is used', async () => {
  using folder = makeFolder({
    'icp.yaml':
      'networks: [{name: net, mode: connected, url: "http://x", root-key: fetch}]\nenvironments: [{name: prod, network: net}, {name: dev, network: net}]\ndependencies: [{name: a, path: a}]\n',
    'a/icp.yaml': `canisters: [${inline('x')}]\nenvironments: [{name: prod}]\n`,
  });
  const project = await loadProject(folder.path);
  expect((await readDeployment(project, 'prod')).environment.canisters).toEqual(['a:x']);
  await expect(readDeployment(project, 'dev')).rejects.toMatchObject({
    code: 'ENVIRONMENT_NOT_DECLARED',
    message: 'the environment dev is not declared in a/icp.yaml',
  });
});

test('a canister has its siblings by the names of its own project', async () => {
  using folder = makeFolder({
    'icp.yaml': `canisters: [${inline('main')}]\ndependencies: [{name: mail, path: vendor/mail, canisters: [inbox]}]\n`,
    'vendor/mail/icp.yaml': `canisters: [${inline('inbox')}, ${inline('outbox')}]\n`,
  });
  const { canisters } = await loadProject(folder.path);
  expect([...(canisters.get('main')?.siblings ?? [])]).toEqual([['main', 'main']]);
  expect([...(canisters.get('vendor/mail:inbox')?.siblings ?? [])]).toEqual([
    ['inbox', 'vendor/mail:inbox'],
    ['outbox', 'vendor/mail:outbox'],
  ]);
});

test('a dependency that is reached by a link is the one that the link leads to', async () => {
  using folder = makeFolder({
    'icp.yaml': 'dependencies: [{name: a, path: real}, {name: b, path: link}]\n',
    'real/icp.yaml': `canisters: [${inline('x')}]\n`,
  });
  symlinkSync('real', join(folder.path, 'link'));
  expect([...(await loadProject(folder.path)).canisters.keys()]).toEqual(['real:x']);
});
