// The stock icp-cli binary, as an independent host for the same plugins. It is 95 MB and for Linux on x64
// only, so it is no dependency: it is installed here, once, below node_modules.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '1.5.0';
const PACKAGE = `@icp-sdk/icp-cli-linux-x64`;
const FOLDER = fileURLToPath(new URL('../../node_modules/.icp-cli/', import.meta.url));

/** Whether the binary runs on this machine at all. */
export const icpCliRunsHere = process.platform === 'linux' && process.arch === 'x64';

/** How a command of icp-cli ended. */
export interface IcpCliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

/** Installs the binary unless it is there. Returns its path. */
export function installIcpCli(): string {
  const binary = join(FOLDER, 'node_modules', PACKAGE, 'bin', 'icp');
  if (!existsSync(binary)) {
    mkdirSync(FOLDER, { recursive: true });
    execFileSync('npm', [
      'install',
      '--no-save',
      '--no-fund',
      '--no-audit',
      '--prefix',
      FOLDER,
      `${PACKAGE}@${VERSION}`,
    ]);
  }
  return binary;
}

/** Runs `icp` in a project, with a home of its own and the anonymous identity. */
export function runIcpCli(project: string, args: readonly string[]): Promise<IcpCliResult> {
  const home = mkdtempSync(join(tmpdir(), 'icp-home-'));
  const startedAt = performance.now();
  return new Promise((resolve) => {
    execFile(
      installIcpCli(),
      [...args],
      {
        cwd: project,
        env: {
          PATH: process.env['PATH'],
          HOME: home,
          ICP_HOME: join(home, 'icp'),
          DO_NOT_TRACK: '1',
          RUST_BACKTRACE: '0',
        },
        maxBuffer: 64 * 1024 * 1024,
      },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ exitCode, stdout, stderr, wallMs: performance.now() - startedAt });
      },
    );
  });
}
