// Where icp-cli keeps what belongs to the user rather than to a project: all below $ICP_HOME, or each kind where
// the platform has such things.

import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a folder is for: what must stay (`data`), what of it belongs to this machine, and what can be made anew. */
export type IcpCliFolder = 'data' | 'local-data' | 'cache';

/** The variables that the places depend on. */
export type FolderVariables = Readonly<Record<string, string | undefined>>;

/** The absolute path of one of icp-cli's folders. It need not exist. */
export function icpCliFolder(
  kind: IcpCliFolder,
  variables: FolderVariables = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { ICP_HOME: home } = variables;
  if (home !== undefined) return home;
  const user = homedir();
  if (platform === 'darwin') {
    return join(user, 'Library', kind === 'cache' ? 'Caches' : 'Application Support', 'org.dfinity.icp-cli');
  }
  if (platform === 'win32') {
    const roaming = variables['APPDATA'] ?? join(user, 'AppData', 'Roaming');
    const local = variables['LOCALAPPDATA'] ?? join(user, 'AppData', 'Local');
    return join(kind === 'data' ? roaming : local, 'icp-cli', kind === 'cache' ? 'cache' : 'data');
  }
  const [variable, usual] =
    kind === 'cache' ? ['XDG_CACHE_HOME', '.cache'] : ['XDG_DATA_HOME', join('.local', 'share')];
  const base = variables[variable];
  return join(base?.startsWith('/') ? base : join(user, usual), 'icp-cli');
}
