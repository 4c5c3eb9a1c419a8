// How many runs ended in each minute, and what they used: counted as they end, since counting them when somebody asks
// would mean reading every run that there was.

import { integer, type JsonObject } from './columns.js';
import type { StoreContext } from './context.js';
import type { Statement, Value } from './database.js';
import type { EndState } from './run-state.js';

/** Which span of time, in what parts. */
export interface TotalsQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of one part: whole minutes. */
  readonly spanMs: number;
  /** Only runs on behalf of this token. */
  readonly tokenId?: string;
}

/** What ended in one part. Times used are those of all its runs together. */
export interface SpanTotals extends Readonly<Record<EndState, number>> {
  readonly fromMs: number;
  readonly computeMs: number;
  readonly waitingMs: number;
}

/** The shortest part that can be told. */
export const TOTALS_RESOLUTION_MS = 60_000;

/** The repository of totals. */
export class RunTotals {
  readonly #context: StoreContext;
  readonly #add: Readonly<Record<EndState, Statement>>;

  constructor(context: StoreContext) {
    this.#context = context;
    const add = (state: EndState): Statement =>
      context.database.statement(
        `INSERT INTO totals (minute, token_id, ${state}, compute_ms, waiting_ms) VALUES (?, ?, 1, ?, ?)
         ON CONFLICT (minute, token_id) DO UPDATE SET ${state} = ${state} + 1,
           compute_ms = compute_ms + excluded.compute_ms, waiting_ms = waiting_ms + excluded.waiting_ms`,
      );
    this.#add = {
      succeeded: add('succeeded'),
      failed: add('failed'),
      cancelled: add('cancelled'),
      interrupted: add('interrupted'),
    };
  }

  /** To be used within the transaction that ends the run. */
  count(state: EndState, tokenId: string, statistics: JsonObject | undefined): void {
    const { computeMs = 0, waitingMs = 0 } = statistics ?? {};
    const minute = Math.floor(this.#context.now() / TOTALS_RESOLUTION_MS);
    this.#add[state].run(minute, tokenId, Number(computeMs), Number(waitingMs));
  }

  /** By parts, the earliest first; those without any are left out. */
  read({ fromMs, toMs, spanMs, tokenId }: TotalsQuery): SpanTotals[] {
    const minutes = Math.max(1, Math.round(spanMs / TOTALS_RESOLUTION_MS));
    const first = Math.floor(fromMs / TOTALS_RESOLUTION_MS);
    const values: Value[] = [first, minutes, Math.ceil(toMs / TOTALS_RESOLUTION_MS)];
    if (tokenId !== undefined) values.push(tokenId);
    // The driver binds every number as a real one, and a division by it has a fraction.
    return this.#context.database
      .all(
        `SELECT CAST((minute - ?1) / ?2 AS INTEGER) AS span, sum(succeeded) AS succeeded, sum(failed) AS failed,
           sum(cancelled) AS cancelled, sum(interrupted) AS interrupted,
           total(compute_ms) AS compute_ms, total(waiting_ms) AS waiting_ms
         FROM totals WHERE minute >= ?1 AND minute < ?3 ${tokenId === undefined ? '' : 'AND token_id = ?4'}
         GROUP BY span ORDER BY span`,
        ...values,
      )
      .map((row) => ({
        fromMs: (first + integer(row, 'span') * minutes) * TOTALS_RESOLUTION_MS,
        succeeded: integer(row, 'succeeded'),
        failed: integer(row, 'failed'),
        cancelled: integer(row, 'cancelled'),
        interrupted: integer(row, 'interrupted'),
        computeMs: Number(row['compute_ms']),
        waitingMs: Number(row['waiting_ms']),
      }));
  }

  /** Forgets at most `limit` minutes before a time. @returns how many */
  forgetOld(beforeMs: number, limit: number): number {
    return this.#context.database.run(
      'DELETE FROM totals WHERE minute IN (SELECT minute FROM totals WHERE minute < ? ORDER BY minute LIMIT ?)',
      Math.floor(beforeMs / TOTALS_RESOLUTION_MS),
      limit,
    ).changes;
  }
}
