// One connection: statements that are prepared once, transactions, and errors that are ours. All of it is
// synchronous: what is done here is what the main thread waits for.

import type Libsql from 'libsql';
import { SandpoolError } from '../../../bridge/errors.js';
import { storeError } from './database-error.js';
import type { ProcessLock } from './process-lock.js';

/** What can be bound. The driver aborts the process when it is given anything else, so that is checked. */
export type Value = string | number | null | Uint8Array;

/** A row as it is stored; see `columns.ts` for reading it. */
export type Row = Readonly<Record<string, unknown>>;

/** What a statement that writes has done. */
export interface Written {
  readonly changes: number;
  readonly lastNumber: number;
}

function checked(values: readonly Value[]): Value[] {
  for (const value of values) {
    const isSound =
      value === null ||
      typeof value === 'string' ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      value instanceof Uint8Array;
    if (!isSound) throw new SandpoolError('INTERNAL', { reason: `a ${typeof value} was given to the store` });
  }
  return values as Value[];
}

/** A prepared statement. */
export class Statement {
  readonly #prepared: Libsql.Statement;
  readonly #file: string;

  constructor(prepared: Libsql.Statement, file: string) {
    this.#prepared = prepared;
    this.#file = file;
  }

  run(...values: Value[]): Written {
    try {
      const { changes, lastInsertRowid } = this.#prepared.run(checked(values));
      return { changes, lastNumber: Number(lastInsertRowid) };
    } catch (error) {
      throw storeError(error, this.#file);
    }
  }

  get(...values: Value[]): Row | undefined {
    try {
      return this.#prepared.get(checked(values)) as Row | undefined;
    } catch (error) {
      throw storeError(error, this.#file);
    }
  }

  all(...values: Value[]): Row[] {
    try {
      return this.#prepared.all(checked(values)) as Row[];
    } catch (error) {
      throw storeError(error, this.#file);
    }
  }
}

/** The open database. Only the folder of the store uses it. */
export class StoreDatabase {
  /** For error messages. */
  readonly file: string;
  readonly #connection: Libsql.Database;
  readonly #lock: ProcessLock | undefined;
  readonly #statements = new Map<string, Statement>();
  readonly #endings: ((ending: 'committed' | 'rolled-back') => void)[] = [];
  #isOpen = true;
  #isInTransaction = false;

  /** Called after each transaction that was committed. */
  onCommit: () => void = () => undefined;

  /** @param lock without one, another process may have it open, and the log is not moved when this is closed */
  constructor(connection: Libsql.Database, file: string, lock: ProcessLock | undefined) {
    this.#connection = connection;
    this.file = file;
    this.#lock = lock;
  }

  get isInTransaction(): boolean {
    return this.#isInTransaction;
  }

  /** The statement with this text, prepared when it is first asked for. @throws STORE_CLOSED */
  statement(sql: string): Statement {
    this.#mustBeOpen();
    const known = this.#statements.get(sql);
    if (known) return known;
    try {
      const statement = new Statement(this.#connection.prepare(sql), this.file);
      this.#statements.set(sql, statement);
      return statement;
    } catch (error) {
      throw storeError(error, this.file);
    }
  }

  run(sql: string, ...values: Value[]): Written {
    return this.statement(sql).run(...values);
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return this.statement(sql).get(...values);
  }

  all(sql: string, ...values: Value[]): Row[] {
    return this.statement(sql).all(...values);
  }

  /** Runs any number of statements that take no values. */
  execute(sql: string): void {
    this.#mustBeOpen();
    try {
      this.#connection.exec(sql);
    } catch (error) {
      throw storeError(error, this.file);
    }
  }

  /** A pragma's first value. It is prepared anew: some do their work as soon as they are. */
  pragma(name: string): unknown {
    this.#mustBeOpen();
    try {
      const rows = this.#connection.pragma(name) as Row[];
      return Object.values(rows[0] ?? {})[0];
    } catch (error) {
      throw storeError(error, this.file);
    }
  }

  /**
   * Everything `work` writes, or nothing of it. Inside another transaction it becomes part of that one, which then
   * ends with whatever `work` throws unless the caller stops it.
   */
  transaction<Result>(work: () => Result): Result {
    if (this.#isInTransaction) return work();
    this.execute('BEGIN IMMEDIATE');
    this.#isInTransaction = true;
    try {
      const result = work();
      this.execute('COMMIT');
      this.#end('committed');
      return result;
    } catch (error) {
      if (this.#isInTransaction) {
        // After some errors, a full disk among them, SQLite has rolled back by itself.
        if (this.#connection.inTransaction) this.#rollBack();
        this.#end('rolled-back');
      }
      throw error;
    }
  }

  /** Has `ending` called once, when the transaction that is open has ended. */
  whenEnded(ending: (how: 'committed' | 'rolled-back') => void): void {
    this.#endings.push(ending);
  }

  /** Moves the log into the file, closes it and gives up the lock. Further calls do nothing. */
  close(): void {
    if (!this.#isOpen) return;
    try {
      if (this.#lock !== undefined) this.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      this.#isOpen = false;
      this.#statements.clear();
      this.#connection.close();
      this.#lock?.release();
    }
  }

  /** Closes what could not be opened as it should be: the error that led here is the one to be told of. */
  abandon(): void {
    try {
      this.close();
    } catch {
      // As said.
    }
  }

  #end(how: 'committed' | 'rolled-back'): void {
    this.#isInTransaction = false;
    for (const ending of this.#endings.splice(0)) ending(how);
    if (how === 'committed') this.onCommit();
  }

  #rollBack(): void {
    try {
      this.#connection.exec('ROLLBACK');
    } catch {
      // The error that led here is the one to be told of; the transaction is void either way.
    }
  }

  #mustBeOpen(): void {
    if (!this.#isOpen) throw new SandpoolError('STORE_CLOSED', { file: this.file });
  }
}
