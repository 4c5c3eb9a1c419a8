// Looking back: runs and batches by what they were, the newest first. A page goes on below the number where the one
// before ended, so rows that are added or removed meanwhile shift nothing.

import { type Batch, batchOf } from './batches.js';
import { integer } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row, Value } from './database.js';
import { numberOfCursor, type Page, pageOf, pageSize } from './page.js';
import { type Run, runOf, SELECT_RUNS } from './run.js';
import type { RunState } from './run-state.js';

/** What holds for both kinds. */
interface HistoryQuery {
  /** Any of them. @default all */
  readonly states?: readonly RunState[];
  readonly tokenId?: string;
  /** Made at or after this time. */
  readonly createdFromMs?: number;
  /** Made before this time. */
  readonly createdBeforeMs?: number;
  /** The `next` of the page before. */
  readonly before?: string;
  /** 1 to 1,000. @default 100 */
  readonly limit?: number;
}

/** Which batches. */
export type BatchQuery = HistoryQuery;

/** Which runs. */
export interface RunQuery extends HistoryQuery {
  readonly canisterId?: string;
  readonly pluginSha256?: string;
  readonly batchId?: string;
}

/** Conditions and the values in them. */
class Conditions {
  readonly #conditions: string[] = [];
  readonly values: Value[] = [];

  add(condition: string, value: Value | undefined): void {
    if (value === undefined) return;
    this.#conditions.push(condition);
    this.values.push(value);
  }

  get where(): string {
    return this.#conditions.join(' AND ');
  }
}

/** The repository of what was. */
export class History {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** @throws INVALID_OPTION */
  runs(query: RunQuery = {}): Page<Run> {
    const conditions = this.#conditions('runs', 'r', query);
    conditions.add('r.canister_id = ?', query.canisterId);
    conditions.add('r.plugin = ?', query.pluginSha256);
    conditions.add('r.batch = (SELECT number FROM batches WHERE id = ?)', query.batchId);
    return this.#page(
      `${SELECT_RUNS} WHERE (r.batch IS NULL OR b.is_complete = 1) AND ${conditions.where}
      ORDER BY r.number DESC LIMIT ?`,
      conditions,
      query,
      runOf,
    );
  }

  /** @throws INVALID_OPTION */
  batches(query: BatchQuery = {}): Page<Batch> {
    const conditions = this.#conditions('batches', 'r', query);
    return this.#page(
      `SELECT r.* FROM batches r WHERE r.is_complete = 1 AND ${conditions.where}
      ORDER BY r.number DESC LIMIT ?`,
      conditions,
      query,
      batchOf,
    );
  }

  #page<Item>(
    sql: string,
    { values }: Conditions,
    { limit }: HistoryQuery,
    itemOf: (row: Row) => Item,
  ): Page<Item> {
    const size = pageSize(limit);
    const rows = this.#context.database.all(sql, ...values, size + 1);
    return pageOf(rows, size, itemOf, (row) => integer(row, 'number'));
  }

  #conditions(table: 'runs' | 'batches', alias: string, query: HistoryQuery): Conditions {
    const { states, tokenId, createdFromMs, createdBeforeMs, before } = query;
    const conditions = new Conditions();
    conditions.add(`${alias}.number < ?`, numberOfCursor(before));
    // One state is looked up, several are picked out while reading from the newest down.
    const [first, ...others] = states ?? [];
    if (states !== undefined && others.length === 0) conditions.add(`${alias}.state = ?`, first ?? '');
    else if (states !== undefined) {
      conditions.add(`${alias}.state IN (SELECT value FROM json_each(?))`, JSON.stringify(states));
    }
    conditions.add(`${alias}.token_id = ?`, tokenId);
    conditions.add(`${alias}.created_at >= ?`, createdFromMs);
    conditions.add(`${alias}.created_at < ?`, createdBeforeMs);
    // Numbers are given in the order of time, so a range of time is also one of numbers: reading by number begins
    // and ends where the range does. Where the clock was set back, rows of the doubled time may be left out.
    conditions.add(
      `${alias}.number >= coalesce((SELECT number FROM ${table} WHERE created_at >= ?
         ORDER BY created_at, number LIMIT 1), ${Number.MAX_SAFE_INTEGER})`,
      createdFromMs,
    );
    conditions.add(
      `${alias}.number <= coalesce((SELECT number FROM ${table} WHERE created_at < ?
         ORDER BY created_at DESC, number DESC LIMIT 1), 0)`,
      createdBeforeMs,
    );
    return conditions;
  }
}
