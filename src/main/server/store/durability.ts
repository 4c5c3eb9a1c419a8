// Waiting for the disk without holding the main thread: the log is flushed by another thread, once for all who ask
// meanwhile.

import { type FileHandle, open } from 'node:fs/promises';
import { storeError } from './database-error.js';

/** The log's way to the disk. SQLite holds its locks on the other file, so this one may be opened and closed. */
export class Durability {
  readonly #file: string;
  #log: Promise<FileHandle> | undefined;
  #flushing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Resolves when everything committed before the call outlives a loss of power. @throws STORE_UNWRITABLE */
  reached(): Promise<void> {
    // A flush that has begun may have missed the latest commit; the one after it has not.
    if (this.#flushing === undefined) return this.#begin();
    this.#next ??= this.#flushing.catch(() => undefined).then(() => this.#begin());
    return this.#next;
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => undefined);
    await this.#flushing?.catch(() => undefined);
    const log = this.#log;
    this.#log = undefined;
    await (await log?.catch(() => undefined))?.close();
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const flushing = this.#flush().finally(() => {
      if (this.#flushing === flushing) this.#flushing = undefined;
    });
    this.#flushing = flushing;
    return flushing;
  }

  async #flush(): Promise<void> {
    try {
      this.#log ??= open(`${this.#file}-wal`, 'r+');
      await (await this.#log).datasync();
    } catch (error) {
      this.#log = undefined;
      throw storeError(Object.assign(new Error(String(error)), { code: 'SQLITE_IOERR' }), this.#file);
    }
  }
}
