// Does what a document tells its reader to do, in a folder of its own, with the built command as `sandpool`.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { BIN } from '../main/cli/command-line.js';
import { type Block, ROOT } from './documents.js';

/** The port that documents name; another one is put in its place, since something may have it already. */
const PORT = '8017';

const DEADLINE_MS = 60_000;

/** What a block can need that not every machine has, and how it is told whether it is there. */
const PROBES: Readonly<Record<string, string>> = {
  clang: `echo '#include <stdio.h>
int main(void) { return puts(""); }' | clang --target=wasm32-wasi --sysroot=/usr -x c -o /dev/null -`,
};

/** A reader at work. */
export class DocumentSession implements AsyncDisposable {
  readonly folder: string;
  readonly #port: string;
  readonly #children: ChildProcess[] = [];
  /** By the last block that was run; undefined when it was left out. */
  #printed: string | undefined;

  private constructor(port: string) {
    this.#port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'sandpool-document-'));
    const bin = join(this.folder, '.bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'sandpool'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`, {
      mode: 0o755,
    });
    symlinkSync(process.execPath, join(bin, 'node'));
    // As if sandpool and all that it is developed with had been installed here.
    const packages = join(this.folder, 'node_modules');
    mkdirSync(packages);
    for (const name of readdirSync(join(ROOT, 'node_modules')))
      symlinkSync(join(ROOT, 'node_modules', name), join(packages, name));
    symlinkSync(ROOT, join(packages, 'sandpool'));
  }

  static async begin(): Promise<DocumentSession> {
    return new DocumentSession(await freePort());
  }

  /** Puts a file into the folder. */
  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), content);
  }

  /**
   * Does what a block is marked for.
   * @returns the program for want of which it was left out, if it was
   */
  async follow(block: Block): Promise<string | undefined> {
    const { mark, place } = block;
    const code = block.code.replaceAll(PORT, this.#port);
    switch (mark?.kind) {
      case 'write':
        this.write(mark.name, code);
        return undefined;
      case 'prints':
        this.#compare(code, place);
        return undefined;
      case 'run':
        if (mark.with !== undefined && !isThere(mark.with)) {
          this.#printed = undefined;
          return mark.with;
        }
        if (mark.until === undefined) await this.#run(code, place, mark.exits);
        else await this.#start(code, place, mark.until);
        return undefined;
      default:
        return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const ended = once(child, 'close');
      process.kill(-child.pid, 'SIGINT');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(code: string, place: string, exits: number): Promise<void> {
    const child = this.#shell(code);
    const [exitCode] = await once(child, 'close', { signal: AbortSignal.timeout(DEADLINE_MS) });
    if (exitCode !== exits) throw new Error(`${place} exits with ${exitCode}:\n${this.#printed}`);
  }

  #start(code: string, place: string, until: string): Promise<void> {
    const child = this.#shell(code);
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.#printed?.includes(until)) resolve();
      };
      child.stdout?.on('data', check);
      child.stderr?.on('data', check);
      child.once('close', () =>
        reject(new Error(`${place} ends before it prints ${until}:\n${this.#printed}`)),
      );
    });
  }

  /** Starts a script whose output becomes what was printed last. */
  #shell(code: string): ChildProcess {
    const path = [join(this.folder, '.bin'), process.env['PATH']].join(delimiter);
    const child = spawn('bash', ['-euc', code], {
      cwd: this.folder,
      env: { PATH: path, HOME: this.folder, ICP_HOME: join(this.folder, '.icp-home') },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#children.push(child);
    this.#printed = '';
    const keep = (part: string): void => {
      // What goes on in the background is no longer listened to.
      if (child === this.#children.at(-1)) this.#printed += part;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    return child;
  }

  #compare(expected: string, place: string): void {
    if (this.#printed === undefined) return;
    const printed = this.#printed.split('\n');
    for (const line of expected.split('\n').filter((text) => text.trim() !== '')) {
      const pattern = new RegExp(`^${line.trim().split('…').map(literally).join('.*')}$`);
      if (!printed.some((candidate) => pattern.test(candidate.trim()))) {
        throw new Error(`${place}: nothing printed is like\n${line}\nPrinted is\n${this.#printed}`);
      }
    }
  }
}

function isThere(program: string): boolean {
  const probe = PROBES[program];
  if (probe === undefined) throw new Error(`how to tell whether ${program} is there is not known`);
  return spawnSync('sh', ['-c', probe]).status === 0;
}

/** What matches `text` and nothing else. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(address !== null && typeof address === 'object' ? address.port : 0);
}
