// The tokens of a store that the service may have open meanwhile: no lock is held, nothing is recovered, and each change
// is a short transaction beside those of the service, which sees it with its next look.

import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { describe, SandpoolError } from '../../../bridge/errors.js';
import { Audit } from './audit.js';
import type { StoreContext } from './context.js';
import type { StoreDatabase } from './database.js';
import { Identifiers } from './identifiers.js';
import { migrate, PRESENT_VERSION, versionOf } from './migrations.js';
import { openBeside, openDatabase } from './open-database.js';
import { resolvedFile } from './resolved-file.js';
import { Tokens } from './tokens.js';

/** How long the service's own transactions, of milliseconds each, are waited for. */
const WAIT_MS = 5000;

/** What tokens are opened with. */
export interface TokensOptions {
  /** The store's file. Created when there is none, with its folder. */
  readonly file: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
}

/** The part of a store that can be worked on beside the service. */
export class OpenTokens implements Disposable {
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly #database: StoreDatabase;

  constructor(database: StoreDatabase, clock: () => number) {
    const now = () => Math.trunc(clock());
    const context: StoreContext = { database, now, identifiers: new Identifiers(now) };
    this.#database = database;
    this.tokens = new Tokens(context);
    this.audit = new Audit(context);
  }

  /** Everything that `work` does with this, or nothing of it. `work` does not wait for anything. */
  transaction<Result>(work: () => Result): Result {
    return this.#database.transaction(work);
  }

  /** Returns when all that was done before the call outlives a loss of power. @throws STORE_UNWRITABLE */
  flush(): void {
    const { file } = this.#database;
    try {
      const log = openSync(`${file}-wal`, 'r+');
      try {
        fsyncSync(log);
      } finally {
        closeSync(log);
      }
    } catch (error) {
      throw new SandpoolError('STORE_UNWRITABLE', { file, reason: describe(error) }, { cause: error });
    }
  }

  /** Further calls do nothing. */
  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Opens the tokens of the store in `file`, which is made when there is none, and brought to the present version when
 * nobody has it open.
 *
 * @throws STORE_OUTDATED, STORE_TOO_NEW, STORE_INVALID, STORE_DAMAGED, STORE_UNWRITABLE, STORE_FULL; STORE_IN_USE when
 *   another process holds on to it for seconds
 *
 * @example
 * ```ts
 * using store = openTokens({ file: 'service.db' });
 * const { token, secret } = store.tokens.create({ name: 'CI', scopes: ['run'] });
 * ```
 */
export function openTokens({ file, clock = Date.now }: TokensOptions): OpenTokens {
  if (!existsSync(file)) bringUp(file, clock);
  const path = resolvedFile(file);
  let database = openBeside(path, WAIT_MS);
  try {
    if (versionOf(database) < PRESENT_VERSION) {
      database.close();
      bringUp(path, clock);
      database = openBeside(path, WAIT_MS);
    }
    checkVersion(database);
    return new OpenTokens(database, clock);
  } catch (error) {
    database.abandon();
    throw error;
  }
}

/** Makes the store or brings it to the present version, as its only user; when it has another one, that may have done it. */
function bringUp(file: string, clock: () => number): void {
  try {
    const database = openDatabase(resolvedFile(file));
    try {
      migrate(database, Math.trunc(clock()));
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof SandpoolError) || error.code !== 'STORE_IN_USE') throw error;
  }
}

function checkVersion(database: StoreDatabase): void {
  const { file } = database;
  const version = versionOf(database);
  if (version < PRESENT_VERSION) {
    throw new SandpoolError('STORE_OUTDATED', { file, version, needed: PRESENT_VERSION });
  }
  if (version > PRESENT_VERSION) {
    throw new SandpoolError('STORE_TOO_NEW', { file, version, known: PRESENT_VERSION });
  }
}
