// Opening the file: its permissions, the lock that keeps a second process out, and whether it is sound.

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { describe, SandpoolError } from '../../../bridge/errors.js';
import { StoreDatabase } from './database.js';
import { storeError } from './database-error.js';
import { ProcessLock } from './process-lock.js';

/** How long a process that is just ending may keep its lock. The main thread waits meanwhile. */
const LOCK_WAIT_MS = 500;

/** A file up to this size is read through when it is opened: about 1.5 ms a MiB. */
const LARGEST_CHECKED_BYTES = 64 * 1024 ** 2;

/** What SQLite gives for `auto_vacuum`: pages that become free are given back when asked for. */
const INCREMENTAL = 2;

/**
 * A connection to the file, which is created when there is none, for its owner only.
 *
 * `synchronous=NORMAL`: a commit is in the system's hands when it returns, so it outlives this process; only a loss
 * of power can take the last ones, in order from the last. FULL would have the main thread wait for the disk at each
 * commit, 50 µs on a good disk and 5 ms on others: what must outlive a loss of power waits for `Durability`, which
 * asks the disk in another thread.
 *
 * @throws STORE_IN_USE, STORE_INVALID, STORE_DAMAGED, STORE_UNWRITABLE, STORE_FULL
 */
export function openDatabase(file: string): StoreDatabase {
  create(file);
  create(`${file}-lock`);
  const lock = ProcessLock.take(`${file}-lock`, file, LOCK_WAIT_MS);
  let connection: Libsql.Database;
  try {
    connection = connect(file, LOCK_WAIT_MS);
  } catch (error) {
    lock.release();
    throw error;
  }
  const database = new StoreDatabase(connection, file, lock);
  try {
    prepare(database);
    return database;
  } catch (error) {
    database.abandon();
    throw error;
  }
}

/**
 * A connection to a file that is there and that another process may have open. It changes neither the file's version
 * nor moves its log.
 *
 * @param waitMs how long it waits for the other's transaction to end
 * @throws STORE_INVALID, STORE_UNWRITABLE
 */
export function openBeside(file: string, waitMs: number): StoreDatabase {
  const database = new StoreDatabase(connect(file, waitMs), file, undefined);
  try {
    database.pragma(`busy_timeout = ${waitMs}`);
    // As above; and waiting for the disk in a commit would have the other process wait for it too.
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    // Whoever has the lock does it.
    database.pragma('wal_autocheckpoint = 0');
    return database;
  } catch (error) {
    database.abandon();
    throw error;
  }
}

function connect(file: string, waitMs: number): Libsql.Database {
  try {
    return new Libsql(file, { timeout: waitMs });
  } catch (error) {
    const known = storeError(error, file);
    // The driver does not say of every failure to open which it is.
    if (known.code !== 'INTERNAL') throw known;
    throw new SandpoolError('STORE_UNWRITABLE', { file, reason: describe(error) }, { cause: error });
  }
}

function prepare(database: StoreDatabase): void {
  database.pragma(`busy_timeout = ${LOCK_WAIT_MS}`);
  // Only for a file that is still empty: setting it writes, also when it is set already.
  if (database.pragma('auto_vacuum') !== INCREMENTAL) database.pragma('auto_vacuum = INCREMENTAL');
  if (database.pragma('journal_mode = WAL') !== 'wal') {
    const reason = 'its file system cannot keep a log beside it';
    throw new SandpoolError('STORE_UNWRITABLE', { file: database.file, reason });
  }
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  // A thread does it: see `Checkpoints`.
  database.pragma('wal_autocheckpoint = 0');
  // Says now, and not with the first write, that it cannot be written.
  database.transaction(() => undefined);
  check(database);
}

function check(database: StoreDatabase): void {
  // By name: opening and closing the file again would give up the lock.
  if (statSync(database.file).size > LARGEST_CHECKED_BYTES) return;
  const finding = database.pragma('quick_check(1)');
  if (finding !== 'ok') {
    throw new SandpoolError('STORE_DAMAGED', { file: database.file, reason: String(finding) });
  }
}

function create(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    try {
      closeSync(openSync(file, 'wx', 0o600));
      syncFolder(dirname(file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // It holds what plugins print, and whose tokens there are. SQLite gives the log the same permissions.
      if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC') throw new SandpoolError('STORE_FULL', { file }, { cause: error });
    throw new SandpoolError('STORE_UNWRITABLE', { file, reason: describe(error) }, { cause: error });
  }
}

/** So that a new file is still there after a loss of power. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
