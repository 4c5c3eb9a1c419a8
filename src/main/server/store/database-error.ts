// What SQLite's errors are to those who run the service. Its result codes are matched, never its texts.

import { describe, SandpoolError } from '../../../bridge/errors.js';

/** SQLite's primary result codes, https://sqlite.org/rescode.html: the low byte of an extended one. */
const RESULT = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
} as const;

interface SqliteFailure {
  readonly code?: unknown;
  readonly rawCode?: unknown;
}

/** The primary result code, or undefined for an error that is not SQLite's. */
function resultOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, rawCode } = error as SqliteFailure;
  if (typeof rawCode === 'number') return rawCode & 0xff;
  // The driver leaves the number out of some errors, but not the name.
  const name = /^SQLITE_([A-Z]+)/.exec(typeof code === 'string' ? code : '')?.[1];
  return name !== undefined && Object.hasOwn(RESULT, name) ? RESULT[name as keyof typeof RESULT] : undefined;
}

/** Whether `error` says that a row would have broken a constraint: a reference, a uniqueness, a check. */
export function isConstraint(error: unknown): boolean {
  return error instanceof SandpoolError ? isConstraint(error.cause) : resultOf(error) === RESULT.CONSTRAINT;
}

/** The error of ours for anything that a call of the database threw. Ours are passed on. */
export function storeError(error: unknown, file: string): SandpoolError {
  if (error instanceof SandpoolError) return error;
  const reason = describe(error);
  const cause = { cause: error };
  switch (resultOf(error)) {
    case RESULT.BUSY:
    case RESULT.LOCKED:
      return new SandpoolError('STORE_IN_USE', { file }, cause);
    case RESULT.NOTADB:
      return new SandpoolError('STORE_INVALID', { file, reason }, cause);
    case RESULT.CORRUPT:
      return new SandpoolError('STORE_DAMAGED', { file, reason }, cause);
    case RESULT.FULL:
      return new SandpoolError('STORE_FULL', { file }, cause);
    case RESULT.READONLY:
    case RESULT.CANTOPEN:
    case RESULT.IOERR:
      return new SandpoolError('STORE_UNWRITABLE', { file, reason }, cause);
    default:
      return new SandpoolError('INTERNAL', { reason: `the store ${file}: ${reason}` }, cause);
  }
}
