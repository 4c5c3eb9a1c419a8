// Where the project is.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import { type ManifestValue, parseManifest } from './manifest-document.js';
import { LARGEST_MANIFEST_BYTES, readRegularFile } from './regular-file.js';

/** The file that makes a folder a project. */
export const PROJECT_MANIFEST = 'icp.yaml';

/** Where to look for a project. */
export interface RootSearch {
  /** Where to start: this folder, then those above it. */
  readonly folder: string;
  /** The project's folder itself, as `ICP_PROJECT_ROOT` or an option gives it: nothing is searched then. */
  readonly override?: string | undefined;
}

/** Where a command stands. */
export interface ProjectPlace {
  /** Absolute path of the folder of the project to work on. */
  readonly root: string;
  /** Absolute path of the nearest folder with an icp.yaml: another one when it is depended on by the project above. */
  readonly nearest: string;
}

/**
 * The absolute path of the project that `folder` is part of: the nearest folder upwards that holds an icp.yaml, or
 * the one above that depends on it, directly or not.
 * @throws SandpoolError PROJECT_NOT_FOUND
 */
export function findProjectRoot(search: RootSearch): string {
  return locateProject(search).root;
}

/**
 * As {@link findProjectRoot}, and which folder it began from.
 * @throws SandpoolError PROJECT_NOT_FOUND
 */
export function locateProject({ folder, override }: RootSearch): ProjectPlace {
  if (override !== undefined && override !== '') {
    const root = resolve(folder, override);
    if (existsSync(join(root, PROJECT_MANIFEST))) return { root, nearest: root };
    throw new SandpoolError('PROJECT_NOT_FOUND', { path: root });
  }
  const start = resolve(folder);
  const nearest = nearestProject(start);
  if (nearest === undefined) throw new SandpoolError('PROJECT_NOT_FOUND', { path: start });
  const member = realFolder(nearest);
  let root = nearest;
  for (;;) {
    const above = dirname(root) === root ? undefined : nearestProject(dirname(root));
    if (above === undefined || member === undefined || !dependenciesOf(above).has(member)) break;
    root = above;
  }
  return { root, nearest };
}

function nearestProject(folder: string): string | undefined {
  for (let path = folder; ; path = dirname(path)) {
    if (existsSync(join(path, PROJECT_MANIFEST))) return path;
    if (dirname(path) === path) return undefined;
  }
}

/** The folders, free of links, of all projects that the one in `root` depends on, directly or not. */
function dependenciesOf(root: string): ReadonlySet<string> {
  const found = new Set<string>();
  const unread = [root];
  for (let folder = unread.pop(); folder !== undefined; folder = unread.pop()) {
    for (const path of dependencyPaths(join(folder, PROJECT_MANIFEST))) {
      const dependency = realFolder(resolve(folder, path));
      if (dependency === undefined || found.has(dependency)) continue;
      found.add(dependency);
      unread.push(dependency);
    }
  }
  return found;
}

/** The paths that a manifest depends on: none when it cannot be read, for it may have nothing to do with the project. */
function dependencyPaths(file: string): string[] {
  try {
    const manifest = parseManifest(readRegularFile(file, LARGEST_MANIFEST_BYTES).toString('utf8'), file);
    const entry = (value: ManifestValue, key: string) =>
      value.entries().find(([name]) => name.scalarKey() === key)?.[1];
    const dependencies = entry(manifest, 'dependencies')?.list() ?? [];
    return dependencies.flatMap((item) => entry(item, 'path')?.text() ?? []);
  } catch {
    return [];
  }
}

function realFolder(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
