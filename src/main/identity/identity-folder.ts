// Where icp-cli keeps identities.

import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

const APPLICATION = 'icp-cli';

/** What the place depends on. */
export interface Surroundings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home, as the platform gives it. */
  readonly home: string;
}

/**
 * The folder of icp-cli's identities; it need not exist. The rules are icp-cli's own: `$ICP_HOME` counts even when it
 * is empty (the present folder, then), `$XDG_DATA_HOME` only when it is absolute.
 */
export function identityFolder({ variables, platform, home }: Surroundings): string {
  return join(dataFolder(variables, platform, home), 'identity');
}

/** {@link identityFolder} for this process. */
export function defaultIdentityFolder(): string {
  // An empty HOME is no home; the system's own list of users knows it.
  const home = homedir() || userInfo().homedir;
  return identityFolder({ variables: process.env, platform: process.platform, home });
}

function dataFolder(variables: Surroundings['variables'], platform: NodeJS.Platform, home: string): string {
  const { ICP_HOME: icpHome, XDG_DATA_HOME: xdg, APPDATA: roaming } = variables;
  if (icpHome !== undefined) return icpHome;
  if (platform === 'darwin')
    return join(home, 'Library', 'Application Support', `org.dfinity.${APPLICATION}`);
  if (platform === 'win32') return join(roaming ?? join(home, 'AppData', 'Roaming'), APPLICATION, 'data');
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), APPLICATION);
}
