// Where the project is.

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';

/** The file that makes a folder a project. */
export const PROJECT_MANIFEST = 'icp.yaml';

/** Where to look for a project. */
export interface RootSearch {
  /** Where to start: this folder, then those above it. */
  readonly folder: string;
  /** The project's folder itself, as `ICP_PROJECT_ROOT` or an option gives it: nothing is searched then. */
  readonly override?: string | undefined;
}

/**
 * The absolute path of the nearest folder that holds an icp.yaml.
 * @throws SandpoolError PROJECT_NOT_FOUND
 */
export function findProjectRoot({ folder, override }: RootSearch): string {
  if (override !== undefined && override !== '') {
    const root = resolve(folder, override);
    if (existsSync(join(root, PROJECT_MANIFEST))) return root;
    throw new SandpoolError('PROJECT_NOT_FOUND', { path: root });
  }
  const start = resolve(folder);
  for (let path = start; ; path = dirname(path)) {
    if (existsSync(join(path, PROJECT_MANIFEST))) return path;
    if (dirname(path) === path) throw new SandpoolError('PROJECT_NOT_FOUND', { path: start });
  }
}
