// Reading events: after a sequence number, by run, by batch, or all of them.

import { integer, type Json, json, present, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row, Value } from './database.js';
import { pageSize } from './page.js';

/** An event that is to be recorded. Of a run, of a batch, or, with neither, of the service. */
export interface NewEvent {
  readonly runId?: string;
  /** For an event of a batch as a whole. A run's events belong to its batch without this. */
  readonly batchId?: string;
  readonly type: string;
  readonly data: Json;
}

/** An event as it is kept. */
export interface StoredEvent extends NewEvent {
  /** Given in the order of writing, across all runs, without gaps or repeats: what `Last-Event-ID` names. */
  readonly sequence: number;
  readonly timeMs: number;
}

/** Which events, and how many of them. */
export interface EventQuery {
  /** Only those after it. @default 0, which is before the first */
  readonly afterSequence?: number;
  readonly runId?: string;
  readonly batchId?: string;
  /** Only those up to it. */
  readonly upToSequence?: number;
  /** Of runs and batches of this token. */
  readonly tokenId?: string;
  /** 1 to 1,000. @default 100 */
  readonly limit?: number;
}

const SELECT = `SELECT e.sequence, e.time, e.type, e.data, r.id AS run_id, b.id AS batch_id FROM events e
  LEFT JOIN runs r ON r.number = e.run LEFT JOIN batches b ON b.number = e.batch`;

function eventOf(row: Row): StoredEvent {
  return {
    sequence: integer(row, 'sequence'),
    timeMs: integer(row, 'time'),
    ...present('runId', row, 'run_id', text),
    ...present('batchId', row, 'batch_id', text),
    type: text(row, 'type'),
    data: json<Json>(row, 'data'),
  };
}

/** The events that were written; see `EventWriter` for writing them. */
export class Events {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** In the order of their numbers. @throws INVALID_OPTION */
  read({ afterSequence = 0, runId, batchId, tokenId, upToSequence, limit }: EventQuery = {}): StoredEvent[] {
    const conditions = ['e.sequence > ?'];
    const values: Value[] = [afterSequence];
    if (runId !== undefined) {
      conditions.push('e.run = (SELECT number FROM runs WHERE id = ?)');
      values.push(runId);
    }
    if (batchId !== undefined) {
      conditions.push('e.batch = (SELECT number FROM batches WHERE id = ?)');
      values.push(batchId);
    }
    if (upToSequence !== undefined) {
      conditions.push('e.sequence <= ?');
      values.push(upToSequence);
    }
    if (tokenId !== undefined) {
      conditions.push('coalesce(r.token_id, b.token_id) = ?');
      values.push(tokenId);
    }
    const sql = `${SELECT} WHERE ${conditions.join(' AND ')} ORDER BY e.sequence LIMIT ?`;
    return this.#context.database.all(sql, ...values, pageSize(limit)).map(eventOf);
  }

  /** The number given last, also when that event is no longer kept; 0 before the first. */
  lastSequence(): number {
    const row = this.#context.database.get("SELECT seq FROM sqlite_sequence WHERE name = 'events'");
    return row ? integer(row, 'seq') : 0;
  }

  /** The lowest number still kept; undefined when none is. A reader who is further behind has missed some. */
  firstSequence(): number | undefined {
    const row = this.#context.database.get('SELECT min(sequence) AS first FROM events');
    return row && row['first'] !== null ? integer(row, 'first') : undefined;
  }
}
