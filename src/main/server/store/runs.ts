// Runs: made, started, ended, found.

import { SandpoolError } from '../../../bridge/errors.js';
import { integer, type JsonObject, jsonOrNull, present, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Statement } from './database.js';
import type { EventWriter } from './event-writer.js';
import type { NewEvent } from './events.js';
import type { IdempotencyKeys, IdempotentRequest, Outcome } from './idempotency.js';
import { pageSize } from './page.js';
import { inputOf, type Run, type RunInput, runOf, SELECT_RUNS, type StoredError } from './run.js';
import type { RunInsertion } from './run-insertion.js';
import { type EndState, isEnded, mustBecome, type RunState } from './run-state.js';
import type { RunTotals } from './totals.js';

/** A run of its own, outside any batch. */
export interface NewRun {
  readonly tokenId: string;
  readonly input: RunInput;
  readonly idempotency?: IdempotentRequest;
  readonly retryOf?: Pick<Run, 'id' | 'attempt'>;
}

/** How a run ended. */
export interface RunEnding {
  readonly state: EndState;
  readonly statistics?: JsonObject;
  readonly error?: StoredError;
  /** Written with it, behind everything that waits. */
  readonly events?: readonly NewEvent[];
}

/** Where runs wait: in a batch, or, without one, on behalf of a token. */
export interface QueueSource {
  readonly tokenId: string;
  readonly batchId?: string;
}

/** Most of a batch's runs that are cancelled in one call, which keeps the call to a few milliseconds. */
const CANCELLED_TOGETHER = 50;

/** The repository of runs. */
export class Runs {
  readonly #context: StoreContext;
  readonly #insertion: RunInsertion;
  readonly #keys: IdempotencyKeys;
  readonly #events: EventWriter;
  readonly #totals: RunTotals;
  readonly #get: Statement;
  readonly #state: Statement;
  readonly #start: Statement;
  readonly #end: Statement;
  readonly #settle: Statement;
  readonly #waitingAlone: Statement;
  readonly #waitingInBatch: Statement;

  constructor(
    context: StoreContext,
    insertion: RunInsertion,
    keys: IdempotencyKeys,
    events: EventWriter,
    totals: RunTotals,
  ) {
    this.#context = context;
    this.#totals = totals;
    this.#insertion = insertion;
    this.#keys = keys;
    this.#events = events;
    const { database } = context;
    this.#get = database.statement(`${SELECT_RUNS} WHERE r.id = ?`);
    this.#state = database.statement('SELECT number, batch, state, token_id FROM runs WHERE id = ?');
    this.#start = database.statement("UPDATE runs SET state = 'running', started_at = ? WHERE number = ?");
    this.#end = database.statement(
      'UPDATE runs SET state = ?, ended_at = ?, statistics = ?, error = ? WHERE number = ?',
    );
    this.#waitingAlone = database.statement(
      `SELECT r.*, NULL AS batch_id FROM runs r WHERE r.token_id = ? AND r.state = 'queued' AND r.batch IS NULL
       ORDER BY r.priority DESC, r.number LIMIT ?`,
    );
    this.#waitingInBatch = database.statement(
      `${SELECT_RUNS} WHERE r.batch = (SELECT number FROM batches WHERE id = ?) AND r.state = 'queued'
       ORDER BY r.number LIMIT ?`,
    );
    this.#settle = database.statement(
      "UPDATE updates SET state = 'unknown', ended_at = ? WHERE run = ? AND state = 'in-flight'",
    );
  }

  /** @throws PLUGIN_NOT_UPLOADED, PLUGIN_DISABLED, BUNDLE_NOT_FOUND, IDEMPOTENCY_CONFLICT */
  create({ tokenId, input, idempotency, retryOf }: NewRun): { readonly run: Run; readonly outcome: Outcome } {
    return this.#context.database.transaction(() => {
      const known = this.#keys.find(tokenId, 'run', idempotency);
      if (known !== undefined) return { run: this.get(known), outcome: 'repeated' };
      const retried = retryOf && { runId: retryOf.id, attempt: retryOf.attempt };
      const id = this.#insertion.insert(input, { tokenId }, retried);
      this.#keys.keep(tokenId, 'run', id, idempotency);
      return { run: this.get(id), outcome: 'created' };
    });
  }

  /**
   * A new run, in no batch, that does again what one did that has ended.
   * @param step in place of its own, which may lean on its batch
   * @throws RUN_NOT_FOUND, RUN_STATE_CONFLICT, and what {@link create} throws
   */
  retry(
    id: string,
    { tokenId, idempotency, step }: Pick<NewRun, 'tokenId' | 'idempotency'> & Partial<Pick<RunInput, 'step'>>,
  ): ReturnType<Runs['create']> {
    const run = this.get(id);
    if (!isEnded(run.state)) mustBecome(id, run.state, 'queued');
    const key = idempotency === undefined ? {} : { idempotency };
    const input = { ...inputOf(run), ...(step === undefined ? {} : { step }) };
    return this.create({ tokenId, input, retryOf: run, ...key });
  }

  find(id: string): Run | undefined {
    const row = this.#get.get(id);
    return row && runOf(row);
  }

  /** @throws RUN_NOT_FOUND */
  get(id: string): Run {
    const run = this.find(id);
    if (!run) throw new SandpoolError('RUN_NOT_FOUND', { run: id });
    return run;
  }

  /** Where runs wait, and how many in each place. */
  waiting(): (QueueSource & { readonly count: number })[] {
    return this.#context.database
      .all(
        `SELECT r.token_id, b.id AS batch_id, count(*) AS count FROM runs r LEFT JOIN batches b ON b.number = r.batch
         WHERE r.state = 'queued' AND (r.batch IS NULL OR b.is_complete = 1)
         GROUP BY r.batch, CASE WHEN r.batch IS NULL THEN r.token_id END ORDER BY min(r.number)`,
      )
      .map((row) => ({
        tokenId: text(row, 'token_id'),
        ...present('batchId', row, 'batch_id', text),
        count: integer(row, 'count'),
      }));
  }

  /** Runs that wait in one place, the next first. @throws INVALID_OPTION */
  queuedIn({ tokenId, batchId }: QueueSource, limit?: number): Run[] {
    const rows =
      batchId === undefined
        ? this.#waitingAlone.all(tokenId, pageSize(limit))
        : this.#waitingInBatch.all(batchId, pageSize(limit));
    return rows.map(runOf);
  }

  /** @throws RUN_NOT_FOUND, RUN_STATE_CONFLICT unless it is queued */
  start(id: string, events: readonly NewEvent[] = []): void {
    this.#change(id, 'running', events, (number) => this.#start.run(this.#context.now(), number));
  }

  /**
   * Ends a run that is running, or cancels one that waits. Updates whose outcome is still open become `unknown`.
   *
   * @throws RUN_NOT_FOUND, RUN_STATE_CONFLICT
   */
  end(id: string, { state, statistics, error, events = [] }: RunEnding): void {
    this.#change(id, state, events, (number, tokenId) => {
      const nowMs = this.#context.now();
      this.#end.run(state, nowMs, jsonOrNull(statistics), jsonOrNull(error), number);
      this.#settle.run(nowMs, number);
      this.#totals.count(state, tokenId, statistics);
    });
  }

  /**
   * Cancels some of a batch's runs that wait, to be called until it returns none; `eventOf` gives what is recorded
   * with each.
   *
   * @returns the ids of those that were cancelled
   */
  cancelQueued(batchId: string, eventOf?: (runId: string) => NewEvent): string[] {
    const { database } = this.#context;
    return database.transaction(() => {
      const ids = database
        .all(
          `SELECT id FROM runs WHERE batch = (SELECT number FROM batches WHERE id = ?) AND state = 'queued'
           ORDER BY number LIMIT ${CANCELLED_TOGETHER}`,
          batchId,
        )
        .map((row) => text(row, 'id'));
      for (const id of ids) this.end(id, { state: 'cancelled', events: eventOf ? [eventOf(id)] : [] });
      return ids;
    });
  }

  #change(
    id: string,
    next: RunState,
    events: readonly NewEvent[],
    write: (number: number, tokenId: string) => void,
  ): void {
    const { database } = this.#context;
    database.transaction(() => {
      const row = this.#state.get(id);
      if (!row) throw new SandpoolError('RUN_NOT_FOUND', { run: id });
      const state = text(row, 'state') as RunState;
      mustBecome(id, state, next);
      write(integer(row, 'number'), text(row, 'token_id'));
      if (row['batch'] !== null) this.#count(integer(row, 'batch'), state, next);
      if (events.length > 0 || isEnded(next)) this.#events.writeWith(events);
    });
  }

  /** Both names of columns come from the states' own type. */
  #count(batch: number, state: RunState, next: RunState): void {
    const nowMs = this.#context.now();
    this.#context.database.run(
      isEnded(next)
        ? `UPDATE batches SET ${state} = ${state} - 1, ${next} = ${next} + 1,
             ended_at = CASE WHEN queued + running = 1 THEN ? END WHERE number = ?`
        : `UPDATE batches SET ${state} = ${state} - 1, ${next} = ${next} + 1,
             started_at = coalesce(started_at, ?) WHERE number = ?`,
      nowMs,
      batch,
    );
  }
}
