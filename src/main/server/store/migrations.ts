// The versions of a store's file, and the way from each to the next. A migration that was released is never changed.

import { SandpoolError } from '../../../bridge/errors.js';
import { integer } from './columns.js';
import type { StoreDatabase } from './database.js';
import { IDEMPOTENCY_AND_AUDIT } from './schema/idempotency-and-audit.js';
import { RUNS_AND_EVENTS } from './schema/runs-and-events.js';

/** One step from a version to the next. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** In order, counting from 1 without gaps. */
export const MIGRATIONS: readonly Migration[] = Object.freeze([
  { version: 1, name: 'runs and events', sql: RUNS_AND_EVENTS },
  { version: 2, name: 'idempotency and audit', sql: IDEMPOTENCY_AND_AUDIT },
]);

/** Marks the files that are ours: "spst". */
export const APPLICATION_ID = 0x73707374;

/** The version that a store is brought to. */
export const PRESENT_VERSION = MIGRATIONS.length;

/** The version of the file; 0 for one that no store was ever made in. Writes nothing. @throws STORE_INVALID */
export function versionOf(database: StoreDatabase): number {
  const applicationId = database.pragma('application_id');
  const tables = integer(database.get('SELECT count(*) AS count FROM sqlite_schema') ?? {}, 'count');
  if (tables === 0) return 0;
  if (applicationId !== APPLICATION_ID) throw notOurs(database.file);
  const row = database.get('SELECT coalesce(max(version), 0) AS version FROM versions');
  return integer(row ?? {}, 'version');
}

function notOurs(file: string): SandpoolError {
  return new SandpoolError('STORE_INVALID', { file, reason: 'it is a database of another program' });
}

/**
 * Brings the file to the last of `migrations`, in one transaction: it has the old version or the new one.
 *
 * @returns the version that it had; 0 for a new file
 * @throws STORE_TOO_NEW, STORE_INVALID for a database that is not ours
 */
export function migrate(
  database: StoreDatabase,
  nowMs: number,
  migrations: readonly Migration[] = MIGRATIONS,
): number {
  const { file } = database;
  const applicationId = database.pragma('application_id');
  const tables = integer(database.get('SELECT count(*) AS count FROM sqlite_schema') ?? {}, 'count');
  if (applicationId !== APPLICATION_ID && tables > 0) throw notOurs(file);
  return database.transaction(() => {
    if (applicationId !== APPLICATION_ID) database.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.execute(`CREATE TABLE IF NOT EXISTS versions (
      version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`);
    const row = database.get('SELECT coalesce(max(version), 0) AS version FROM versions');
    const version = integer(row ?? {}, 'version');
    const known = migrations.at(-1)?.version ?? 0;
    if (version > known) throw new SandpoolError('STORE_TOO_NEW', { file, version, known });
    for (const migration of migrations.slice(version)) {
      database.execute(migration.sql);
      database.run(
        'INSERT INTO versions (version, name, applied_at) VALUES (?, ?, ?)',
        migration.version,
        migration.name,
        nowMs,
      );
    }
    return version;
  });
}
