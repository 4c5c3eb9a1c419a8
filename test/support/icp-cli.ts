// Runs of the stock icp-cli binary.

import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installIcpCli } from '../../scripts/icp-cli.mjs';

/** How a command of icp-cli ended. */
export interface IcpCliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

/** Runs `icp` in a project, with a home of its own unless `variables` say otherwise. */
export function runIcpCli(
  project: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<IcpCliResult> {
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
          ...variables,
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
