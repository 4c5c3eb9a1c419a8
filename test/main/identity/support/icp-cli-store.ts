// Identities made by the stock icp-cli, in a store of their own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runIcpCli } from '../../../support/icp-cli.js';

/** The password of every encrypted key that tests make. */
export const PASSWORD = 'correct horse battery';

/** A store of icp-cli. */
export class IcpCliStore {
  readonly home = mkdtempSync(join(tmpdir(), 'icp-store-'));
  /** Where the identities are. */
  readonly folder = join(this.home, 'identity');
  readonly passwordFile = this.write('password', `${PASSWORD}\n`);

  /** Runs `icp` on it. @returns what it prints; throws when it fails */
  async icp(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const run = await runIcpCli(this.home, args, { ICP_HOME: this.home, ...variables });
    if (run.exitCode !== 0) throw new Error(`icp ${args.join(' ')}: ${run.exitCode}\n${run.stderr}`);
    return run.stdout.trim();
  }

  /** `icp identity principal`. */
  principal(name: string, variables: Readonly<Record<string, string>> = {}): Promise<string> {
    const words = [
      'identity',
      'principal',
      '--identity',
      name,
      '--identity-password-file',
      this.passwordFile,
    ];
    return this.icp(words, variables);
  }

  /** Imports a key in PEM. */
  async import(name: string, pem: string, ...options: string[]): Promise<void> {
    const file = this.write(`${name}.pem`, pem);
    await this.icp(['identity', 'import', name, '--from-pem', file, ...options]);
  }

  /** Writes a file beside the identities. @returns its path */
  write(name: string, text: string): string {
    const path = join(this.home, name);
    writeFileSync(path, text);
    return path;
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
