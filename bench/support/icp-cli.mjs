// The reference host's binary. It is for Linux on x64 only and 95 MB, so it is installed when it is first wanted.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@icp-sdk/icp-cli-linux-x64';
const VERSION = '1.5.0';
const FOLDER = fileURLToPath(new URL('../../node_modules/.icp-cli/', import.meta.url));

/** The path of the binary; `undefined` where it does not run. */
export function icpCliBinary() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const binary = join(FOLDER, 'node_modules', PACKAGE, 'bin', 'icp');
  if (!existsSync(binary)) {
    mkdirSync(FOLDER, { recursive: true });
    const options = ['--no-save', '--no-fund', '--no-audit', '--prefix', FOLDER];
    execFileSync('npm', ['install', ...options, `${PACKAGE}@${VERSION}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return binary;
}
