// The stock icp-cli binary, as an independent host for the same plugins. It is 95 MB and for Linux on x64 only, so it
// is no dependency: it is installed below node_modules when it is first wanted.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = '@icp-sdk/icp-cli-linux-x64';
const VERSION = '1.5.0';
const FOLDER = fileURLToPath(new URL('../node_modules/.icp-cli/', import.meta.url));

/** Whether the binary runs on this machine at all. */
export const icpCliRunsHere = process.platform === 'linux' && process.arch === 'x64';

/**
 * Installs the binary unless it is there.
 * @returns {string} its path
 */
export function installIcpCli() {
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
