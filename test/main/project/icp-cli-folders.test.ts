import { afterEach, expect, test } from 'vitest';
import { defaultIdentityFolder } from '#src/main/identity/identity-folder.js';
import { icpCliFolder } from '#src/main/project/icp-cli-folders.js';

const home = '/home/me';

// The paths are joined as this platform does.
test.runIf(process.platform !== 'win32').each([
  ['data', 'linux', {}, '/home/me/.local/share/icp-cli'],
  ['data', 'linux', { XDG_DATA_HOME: '/data' }, '/data/icp-cli'],
  ['data', 'linux', { XDG_DATA_HOME: 'relative' }, '/home/me/.local/share/icp-cli'],
  ['data', 'linux', { XDG_DATA_HOME: '' }, '/home/me/.local/share/icp-cli'],
  ['data', 'linux', { ICP_HOME: '/icp', XDG_DATA_HOME: '/data' }, '/icp'],
  ['data', 'linux', { ICP_HOME: '' }, ''],
  ['local-data', 'linux', { XDG_DATA_HOME: '/data' }, '/data/icp-cli'],
  ['cache', 'linux', { XDG_DATA_HOME: '/data' }, '/home/me/.cache/icp-cli'],
  ['cache', 'linux', { XDG_CACHE_HOME: '/cache' }, '/cache/icp-cli'],
  ['cache', 'linux', { XDG_CACHE_HOME: 'relative' }, '/home/me/.cache/icp-cli'],
  ['cache', 'linux', { ICP_HOME: '/icp' }, '/icp'],
  ['data', 'darwin', { XDG_DATA_HOME: '/data' }, '/home/me/Library/Application Support/org.dfinity.icp-cli'],
  ['local-data', 'darwin', {}, '/home/me/Library/Application Support/org.dfinity.icp-cli'],
  ['cache', 'darwin', {}, '/home/me/Library/Caches/org.dfinity.icp-cli'],
  ['data', 'darwin', { ICP_HOME: 'here' }, 'here'],
  ['data', 'win32', { APPDATA: '/roaming' }, '/roaming/icp-cli/data'],
  ['data', 'win32', {}, '/home/me/AppData/Roaming/icp-cli/data'],
  ['local-data', 'win32', { LOCALAPPDATA: '/local' }, '/local/icp-cli/data'],
  ['cache', 'win32', {}, '/home/me/AppData/Local/icp-cli/cache'],
] as const)('what is %s on %s with %j is in %s', (kind, platform, variables, folder) => {
  expect(icpCliFolder(kind, { platform, variables, home })).toBe(folder);
});

const { HOME, ICP_HOME, XDG_DATA_HOME } = process.env;
afterEach(() => {
  for (const [name, value] of Object.entries({ HOME, ICP_HOME, XDG_DATA_HOME })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test.runIf(process.platform === 'linux')('an empty HOME is no home', () => {
  delete process.env['ICP_HOME'];
  delete process.env['XDG_DATA_HOME'];
  process.env['HOME'] = '';
  expect(defaultIdentityFolder()).toMatch(/^\/.+\/\.local\/share\/icp-cli\/identity$/);
});
