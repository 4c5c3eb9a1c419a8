// Reading columns of rows into what they are in TypeScript. Tables are strict, so a column that is something else
// than it should be means a damaged file.

import { SandpoolError } from '../../../bridge/errors.js';
import type { Row } from './database.js';

/** Anything that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** An object of JSON. */
export type JsonObject = { readonly [name: string]: Json };

function damaged(column: string): SandpoolError {
  return new SandpoolError('STORE_DAMAGED', { file: 'in use', reason: `the column ${column} is unreadable` });
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw damaged(column);
  return value;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw damaged(column);
  return value;
}

export function bytes(row: Row, column: string): Buffer {
  const value = row[column];
  // The driver gives a Buffer for one row, and an ArrayBuffer for each of many.
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  throw damaged(column);
}

export function json<Kind>(row: Row, column: string): Kind {
  try {
    return JSON.parse(text(row, column)) as Kind;
  } catch {
    throw damaged(column);
  }
}

/** `{ [name]: read(...) }`, or nothing when the column is null: for properties that are absent rather than undefined. */
export function present<Name extends string, Kind>(
  name: Name,
  row: Row,
  column: string,
  read: (row: Row, column: string) => Kind,
): { readonly [Key in Name]?: Kind } {
  return row[column] === null ? {} : ({ [name]: read(row, column) } as { readonly [Key in Name]: Kind });
}

/** What is stored for a value that may be absent. */
export function jsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
