// Files that a sync leaves behind: whole or not at all, and found unwritable before anything is done.

import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { printable } from '../project/shown-text.js';

/** A file that is written once, in the end. Works without waiting, for a process that is about to be gone. */
export class WrittenFile {
  readonly #path: string;
  /** Where it really is. */
  readonly #target: string;
  readonly #unfinished: string;
  readonly #link: 'follow' | 'replace';

  /** @param link what becomes of a link at `path`: what it leads to is written, or it gives way to the file */
  constructor(path: string, link: 'follow' | 'replace' = 'follow') {
    this.#path = path;
    this.#link = link;
    this.#target = link === 'follow' ? realPath(resolve(path)) : resolve(path);
    this.#unfinished = `${this.#target}.${process.pid}.tmp`;
  }

  /**
   * Finds out whether it can be written, and leaves it as it is.
   * @throws SandpoolError OUTPUT_UNWRITABLE
   */
  check(): void {
    this.#trying(() => {
      // To open a pipe that nobody reads yet would wait for its reader.
      if (this.#isDevice()) return;
      closeSync(openSync(this.#unfinished, 'wx'));
      rmSync(this.#unfinished);
    });
  }

  /**
   * Writes it: whoever reads it sees what was there before, or all of `text`.
   * @throws SandpoolError OUTPUT_UNWRITABLE
   */
  write(text: string): void {
    this.#trying(() => {
      if (this.#isDevice()) writeFileSync(this.#target, text);
      else this.#replace(text);
    });
  }

  #replace(text: string): void {
    try {
      // Made here and now, lest somebody's link of that name be written through.
      rmSync(this.#unfinished, { force: true });
      const file = openSync(this.#unfinished, 'wx');
      try {
        writeFileSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(this.#unfinished, this.#target);
    } catch (error) {
      rmSync(this.#unfinished, { force: true });
      throw error;
    }
  }

  /** What is neither a file nor absent, such as a pipe, is written to; where links are replaced, it is as well. */
  #isDevice(): boolean {
    const look = this.#link === 'follow' ? statSync : lstatSync;
    const status: Stats | undefined = look(this.#target, { throwIfNoEntry: false });
    if (status?.isDirectory())
      throw new SandpoolError('OUTPUT_UNWRITABLE', this.#details('it is a directory'));
    return this.#link === 'follow' && status !== undefined && !status.isFile();
  }

  #trying(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof SandpoolError) throw error;
      throw new SandpoolError('OUTPUT_UNWRITABLE', this.#details(describe(error)), { cause: error });
    }
  }

  #details(reason: string): { path: string; reason: string } {
    return { path: printable(this.#path), reason: printable(reason) };
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
