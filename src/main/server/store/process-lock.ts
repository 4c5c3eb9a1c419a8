// The lock that keeps a second process out of a store.

import Libsql from 'libsql';
import { SandpoolError } from '../../../bridge/errors.js';
import { storeError } from './database-error.js';

/**
 * An exclusive lock of SQLite's on an empty file beside the store. The system takes it from a process that ends in
 * any way, so nothing is left to be cleared up; the file itself stays.
 *
 * It is not on the store itself, since then no thread of this process could work on the log.
 */
export class ProcessLock {
  readonly #connection: Libsql.Database;
  #isHeld = true;

  private constructor(connection: Libsql.Database) {
    this.#connection = connection;
  }

  /** Waits up to `waitMs` for a process that is just ending. @throws STORE_IN_USE, STORE_UNWRITABLE */
  static take(lockFile: string, file: string, waitMs: number): ProcessLock {
    try {
      const connection = new Libsql(lockFile, { timeout: waitMs });
      connection.exec('BEGIN EXCLUSIVE');
      return new ProcessLock(connection);
    } catch (error) {
      const known = storeError(error, file);
      throw known.code === 'STORE_INVALID'
        ? new SandpoolError(
            'STORE_UNWRITABLE',
            { file: lockFile, reason: 'it is not empty' },
            { cause: error },
          )
        : known;
    }
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#connection.exec('ROLLBACK');
    this.#connection.close();
  }
}
