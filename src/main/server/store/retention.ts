// Letting go of what is old or too much: the oldest that has ended first, never anything queued or running. Each
// transaction is small, and the main thread is free between any two.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { removeSome } from './batches.js';
import { integer } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row } from './database.js';
import type { IdempotencyKeys } from './idempotency.js';
import type { RunTotals } from './totals.js';

/** What is kept. */
export interface RetentionRule {
  /** Runs and batches that ended longer ago than this go, with their events and updates. @default no limit */
  readonly maximumAgeMs?: number;
  /** While the store has more than this, the oldest go. The log beside it is not counted. @default no limit */
  readonly maximumBytes?: number;
  /** Entries of the audit older than this go. @default no limit */
  readonly auditMaximumAgeMs?: number;
}

/** What one sweep did. */
export interface RetentionSummary {
  readonly runs: number;
  readonly batches: number;
  readonly events: number;
  readonly auditEntries: number;
  readonly transactions: number;
  /** How long the longest of them held the main thread. */
  readonly longestTransactionMs: number;
}

/** What a transaction should take. How much is done in one follows from how long the last ones took. */
const AIM_MS = 5;
const FEWEST_ROWS = 8;
const MOST_ROWS = 512;
/** Ended runs that are looked at in one query. */
const LOOK_AHEAD = 64;

type Totals = { -readonly [Name in keyof RetentionSummary]: number };

/** Sweeps, one at a time. */
export class Retention {
  readonly #context: StoreContext;
  readonly #keys: IdempotencyKeys;
  readonly #runTotals: RunTotals;
  #sweeping: Promise<RetentionSummary> | undefined;
  #isStopped = false;
  #rows = FEWEST_ROWS;

  constructor(context: StoreContext, keys: IdempotencyKeys, totals: RunTotals) {
    this.#context = context;
    this.#keys = keys;
    this.#runTotals = totals;
  }

  /** What the store takes up in its file, without pages that are free for new rows. */
  usedBytes(): number {
    const { database } = this.#context;
    const pages = Number(database.pragma('page_count')) - Number(database.pragma('freelist_count'));
    return pages * Number(database.pragma('page_size'));
  }

  /** Applies the rule. While a sweep is under way, its summary is what a further call gets. */
  sweep(rule: RetentionRule): Promise<RetentionSummary> {
    this.#sweeping ??= this.#sweep(rule).finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  /** Ends a sweep that is under way after its present transaction. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#sweeping?.catch(() => undefined);
  }

  async #sweep(rule: RetentionRule): Promise<RetentionSummary> {
    const nowMs = this.#context.now();
    const totals: Totals = {
      runs: 0,
      batches: 0,
      events: 0,
      auditEntries: 0,
      transactions: 0,
      longestTransactionMs: 0,
    };
    const before = nowMs - (rule.maximumAgeMs ?? Number.POSITIVE_INFINITY);
    const isTooMuch = () => rule.maximumBytes !== undefined && this.usedBytes() > rule.maximumBytes;
    await this.#sweepRuns(totals, (endedAtMs) => endedAtMs < before || isTooMuch());
    await this.#sweepOthers(totals, before, nowMs - (rule.auditMaximumAgeMs ?? Number.POSITIVE_INFINITY));
    await this.#repeat(totals, (rows) => {
      if (Number(this.#context.database.pragma('freelist_count')) === 0) return false;
      this.#context.database.execute(`PRAGMA incremental_vacuum(${rows})`);
      return true;
    });
    return totals;
  }

  async #sweepRuns(totals: Totals, isToGo: (endedAtMs: number) => boolean): Promise<void> {
    let place = { endedAtMs: 0, number: 0 };
    while (!this.#isStopped) {
      const rows = this.#context.database.all(
        `SELECT r.number, r.ended_at, r.batch, b.queued + b.running AS unfinished FROM runs r
         LEFT JOIN batches b ON b.number = r.batch
         WHERE r.ended_at IS NOT NULL AND (r.ended_at, r.number) > (?, ?)
         ORDER BY r.ended_at, r.number LIMIT ${LOOK_AHEAD}`,
        place.endedAtMs,
        place.number,
      );
      for (const row of rows) {
        place = { endedAtMs: integer(row, 'ended_at'), number: integer(row, 'number') };
        if (this.#isStopped || !isToGo(place.endedAtMs)) return;
        // What has ended in a batch that has not stays, as its counts and its retry need it.
        if (row['unfinished'] === null || row['unfinished'] === 0) await this.#removeRun(totals, row);
      }
      if (rows.length < LOOK_AHEAD) return;
      await nextTurn();
    }
  }

  async #removeRun(totals: Totals, row: Row): Promise<void> {
    const { database } = this.#context;
    const number = integer(row, 'number');
    await this.#repeat(totals, (rows) => {
      const events = this.#removeEvents(totals, 'run = ?', number, rows);
      if (events === rows) return true;
      const updates = database.run(
        'DELETE FROM updates WHERE run = ?1 AND number IN (SELECT number FROM updates WHERE run = ?1 LIMIT ?2)',
        number,
        rows - events,
      ).changes;
      if (events + updates === rows) return true;
      database.run(
        'DELETE FROM idempotency_keys WHERE subject_id = (SELECT id FROM runs WHERE number = ?)',
        number,
      );
      totals.runs += database.run('DELETE FROM runs WHERE number = ?', number).changes;
      return false;
    });
    if (row['batch'] !== null) await this.#removeEmptyBatch(totals, integer(row, 'batch'));
  }

  async #removeEmptyBatch(totals: Totals, batch: number): Promise<void> {
    const { database } = this.#context;
    if (this.#isStopped || database.get('SELECT 1 FROM runs WHERE batch = ? LIMIT 1', batch)) return;
    await this.#repeat(totals, (rows) => {
      if (this.#removeEvents(totals, 'batch = ?', batch, rows) === rows) return true;
      database.run(
        'DELETE FROM idempotency_keys WHERE subject_id = (SELECT id FROM batches WHERE number = ?)',
        batch,
      );
      totals.batches += database.run('DELETE FROM batches WHERE number = ?', batch).changes;
      return false;
    });
  }

  async #sweepOthers(totals: Totals, before: number, auditBefore: number): Promise<void> {
    const { database } = this.#context;
    if (Number.isFinite(before)) {
      await this.#repeat(totals, (rows) => this.#runTotals.forgetOld(before, rows) >= rows);
      await this.#repeat(
        totals,
        (rows) =>
          this.#removeEvents(totals, 'run IS NULL AND batch IS NULL AND time < ?', before, rows) === rows,
      );
    }
    if (Number.isFinite(auditBefore)) {
      await this.#repeat(totals, (rows) => {
        const { changes } = database.run(
          'DELETE FROM audit WHERE number IN (SELECT number FROM audit WHERE time < ? ORDER BY time LIMIT ?)',
          auditBefore,
          rows,
        );
        totals.auditEntries += changes;
        return changes === rows;
      });
    }
    await this.#repeat(totals, (rows) => this.#keys.forgetOld(rows) === rows);
  }

  /** The oldest of the events that the condition holds for. */
  #removeEvents(totals: Totals, condition: string, value: number, rows: number): number {
    const { changes } = this.#context.database.run(
      `DELETE FROM events WHERE sequence IN (SELECT sequence FROM events WHERE ${condition} LIMIT ?)`,
      value,
      rows,
    );
    totals.events += changes;
    return changes;
  }

  /** Does `work` in transactions of their own until it has no more to do, and adapts how much each does. */
  async #repeat(totals: Totals, work: (rows: number) => boolean): Promise<void> {
    for (let isMore = true; isMore && !this.#isStopped; await nextTurn()) {
      const startedAt = performance.now();
      isMore = this.#context.database.transaction(() => work(this.#rows));
      const tookMs = performance.now() - startedAt;
      totals.transactions += 1;
      totals.longestTransactionMs = Math.max(totals.longestTransactionMs, tookMs);
      if (tookMs > AIM_MS) this.#rows = Math.max(FEWEST_ROWS, this.#rows >> 1);
      else if (tookMs < AIM_MS / 2) this.#rows = Math.min(MOST_ROWS, this.#rows << 1);
    }
  }
}

/** Removes a batch whose making was cut short, with its runs; for the time before anything else happens. */
export function removeIncompleteBatches(context: StoreContext): void {
  const { database } = context;
  for (const row of database.all('SELECT number, id FROM batches WHERE is_complete = 0')) {
    const number = integer(row, 'number');
    while (removeSome(context, number, MOST_ROWS));
    database.run('DELETE FROM idempotency_keys WHERE subject_id = ?', String(row['id']));
    database.run('DELETE FROM batches WHERE number = ?', number);
  }
}
