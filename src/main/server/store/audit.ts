// Who did what, when, and about what.

import { integer, type JsonObject, json, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row, Value } from './database.js';
import { numberOfCursor, type Page, pageOf, pageSize } from './page.js';

/** Something that somebody did. */
export interface NewAuditEntry {
  /** The id of a token, or `command-line`, or `system`. */
  readonly actor: string;
  /** Such as `token.create`. */
  readonly action: string;
  /** The id or hash of what it was done to. */
  readonly subject: string;
  readonly details: JsonObject;
}

/** An entry as it is kept. */
export interface AuditEntry extends NewAuditEntry {
  readonly number: number;
  readonly timeMs: number;
}

/** Which entries. */
export interface AuditQuery {
  readonly actor?: string;
  readonly subject?: string;
  readonly before?: string;
  /** 1 to 1,000. @default 100 */
  readonly limit?: number;
}

function entryOf(row: Row): AuditEntry {
  return {
    number: integer(row, 'number'),
    timeMs: integer(row, 'time'),
    actor: text(row, 'actor'),
    action: text(row, 'action'),
    subject: text(row, 'subject'),
    details: json<JsonObject>(row, 'details'),
  };
}

/** The repository of the audit. To be written in the transaction that does what it tells of. */
export class Audit {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  record({ actor, action, subject, details }: NewAuditEntry): void {
    this.#context.database.run(
      'INSERT INTO audit (time, actor, action, subject, details) VALUES (?, ?, ?, ?, ?)',
      this.#context.now(),
      actor,
      action,
      subject,
      JSON.stringify(details),
    );
  }

  /** The newest first. @throws INVALID_OPTION */
  read({ actor, subject, before, limit }: AuditQuery = {}): Page<AuditEntry> {
    const size = pageSize(limit);
    const conditions = ['number < ?'];
    const values: Value[] = [numberOfCursor(before)];
    for (const [column, value] of [
      ['actor', actor],
      ['subject', subject],
    ] as const) {
      if (value === undefined) continue;
      conditions.push(`${column} = ?`);
      values.push(value);
    }
    const sql = `SELECT * FROM audit WHERE ${conditions.join(' AND ')} ORDER BY number DESC LIMIT ?`;
    const rows = this.#context.database.all(sql, ...values, size + 1);
    return pageOf(rows, size, entryOf, (row) => integer(row, 'number'));
  }
}
