import { afterEach, expect, test } from 'vitest';
import { defaultIdentityFolder, identityFolder } from '#src/main/identity/identity-folder.js';

const home = '/home/me';

// The paths are joined as this platform does.
test.runIf(process.platform !== 'win32').each([
  ['linux', {}, '/home/me/.local/share/icp-cli/identity'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/icp-cli/identity'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/me/.local/share/icp-cli/identity'],
  ['linux', { XDG_DATA_HOME: '' }, '/home/me/.local/share/icp-cli/identity'],
  ['linux', { ICP_HOME: '/icp', XDG_DATA_HOME: '/data' }, '/icp/identity'],
  ['linux', { ICP_HOME: '' }, 'identity'],
  ['darwin', { XDG_DATA_HOME: '/data' }, '/home/me/Library/Application Support/org.dfinity.icp-cli/identity'],
  ['win32', { APPDATA: '/roaming' }, '/roaming/icp-cli/data/identity'],
  ['win32', {}, '/home/me/AppData/Roaming/icp-cli/data/identity'],
  ['darwin', { ICP_HOME: 'here' }, 'here/identity'],
] as const)('on %s with %j it is %s', (platform, variables, folder) => {
  expect(identityFolder({ platform, variables, home })).toBe(folder);
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
