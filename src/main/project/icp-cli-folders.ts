// Where icp-cli keeps what belongs to the user rather than to a project: all below $ICP_HOME, or each kind where
// the platform has such things.

import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What a folder is for: what must stay (`data`), what of it belongs to this machine, and what can be made anew. */
export type IcpCliFolder = 'data' | 'local-data' | 'cache';

/** What the places depend on. */
export interface Surroundings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home, as the platform gives it. */
  readonly home: string;
}

/** What {@link icpCliFolder} depends on in this process. An empty HOME is no home; the system's list of users knows it. */
export function ownSurroundings(): Surroundings {
  return { variables: process.env, platform: process.platform, home: homedir() || userInfo().homedir };
}

/**
 * The path of one of icp-cli's folders; it need not exist. The rules are icp-cli's own: `$ICP_HOME` counts even when
 * it is empty (the present folder, then), `$XDG_DATA_HOME` and `$XDG_CACHE_HOME` only when they are absolute.
 */
export function icpCliFolder(kind: IcpCliFolder, surroundings: Surroundings = ownSurroundings()): string {
  const { variables, platform, home } = surroundings;
  const { ICP_HOME: icpHome } = variables;
  if (icpHome !== undefined) return icpHome;
  if (platform === 'darwin') {
    return join(home, 'Library', kind === 'cache' ? 'Caches' : 'Application Support', 'org.dfinity.icp-cli');
  }
  if (platform === 'win32') {
    const roaming = variables['APPDATA'] ?? join(home, 'AppData', 'Roaming');
    const local = variables['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local');
    return join(kind === 'data' ? roaming : local, 'icp-cli', kind === 'cache' ? 'cache' : 'data');
  }
  const [variable, usual] =
    kind === 'cache' ? ['XDG_CACHE_HOME', '.cache'] : ['XDG_DATA_HOME', join('.local', 'share')];
  const base = variables[variable];
  return join(base !== undefined && isAbsolute(base) ? base : join(home, usual), 'icp-cli');
}
