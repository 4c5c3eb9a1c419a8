// Batches: a list of runs with a concurrency and a priority of their own.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { SandpoolError } from '../../../bridge/errors.js';
import { integer, type JsonObject, json, present, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row } from './database.js';
import type { IdempotencyKeys, IdempotentRequest, Outcome } from './idempotency.js';
import { inputOf, type Run, type RunInput, runOf, SELECT_RUNS } from './run.js';
import type { RetriedRun, RunInsertion } from './run-insertion.js';
import { type EndState, isEnded, mustBecome, RUN_STATES, type RunState } from './run-state.js';

/** Runs that are inserted in one turn of the main thread. */
const INSERTED_TOGETHER = 50;
const MOST_RUNS = 100_000;

/** What all runs of a batch have in common. */
export interface BatchSettings {
  readonly tokenId: string;
  readonly name?: string;
  /** How many of its runs may be under way at once. */
  readonly concurrency: number;
  /** For runs that name none. @default 0 */
  readonly priority?: number;
  /** What its runs have in common and is too much to be kept with each. */
  readonly common: JsonObject;
  readonly idempotency?: IdempotentRequest;
  /**
   * Called with the id of the batch and the number of its runs in the transaction that completes it: for what must be
   * written exactly when the batch is there.
   */
  readonly onComplete?: (batchId: string, runs: number) => void;
}

/** A batch as it is kept. Its state follows from how many of its runs are in which. */
export interface Batch extends Omit<BatchSettings, 'idempotency' | 'onComplete'> {
  readonly id: string;
  readonly priority: number;
  readonly state: RunState;
  readonly counts: Readonly<Record<RunState, number>>;
  readonly retryOf?: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
}

/** A batch, and whether this request made it. */
export interface CreatedBatch {
  readonly batch: Batch;
  readonly outcome: Outcome;
}

interface BatchRun {
  readonly input: RunInput;
  readonly retried?: RetriedRun;
}

export function batchOf(row: Row): Batch {
  const counts = Object.fromEntries(RUN_STATES.map((state) => [state, integer(row, state)]));
  return {
    id: text(row, 'id'),
    tokenId: text(row, 'token_id'),
    ...present('name', row, 'name', text),
    concurrency: integer(row, 'concurrency'),
    priority: integer(row, 'priority'),
    common: json<JsonObject>(row, 'common'),
    state: text(row, 'state') as RunState,
    counts: counts as Record<RunState, number>,
    ...present('retryOf', row, 'retry_of', text),
    createdAtMs: integer(row, 'created_at'),
    ...present('startedAtMs', row, 'started_at', integer),
    ...present('endedAtMs', row, 'ended_at', integer),
  };
}

/** The repository of batches. */
export class Batches {
  readonly #context: StoreContext;
  readonly #insertion: RunInsertion;
  readonly #keys: IdempotencyKeys;
  /** Batches that are being filled, by id. */
  readonly #filling = new Map<string, Promise<void>>();

  constructor(context: StoreContext, insertion: RunInsertion, keys: IdempotencyKeys) {
    this.#context = context;
    this.#insertion = insertion;
    this.#keys = keys;
  }

  /**
   * Makes a batch and all of its runs, or nothing. A long list takes several turns of the main thread, and is seen
   * by nobody before it is complete; should the process end meanwhile, the next one finds nothing of it. A request
   * that repeats another waits until that one is done.
   *
   * @throws INVALID_OPTION without runs, or with more than 100,000
   * @throws PLUGIN_NOT_UPLOADED, PLUGIN_DISABLED, BUNDLE_NOT_FOUND, IDEMPOTENCY_CONFLICT
   */
  async create(settings: BatchSettings, inputs: readonly RunInput[]): Promise<CreatedBatch> {
    return this.#create(
      settings,
      inputs.map((input) => ({ input })),
    );
  }

  /**
   * A new batch that does again what runs of an earlier one did that ended in one of `states`. What `check` throws for
   * one of them is thrown, and nothing is made.
   *
   * @throws BATCH_NOT_FOUND, RUN_STATE_CONFLICT while the batch is not at its end, INVALID_OPTION when no run is in
   *   any of the states
   */
  async retry(
    batchId: string,
    { tokenId, idempotency, onComplete }: Pick<BatchSettings, 'tokenId' | 'idempotency' | 'onComplete'>,
    states: readonly EndState[] = ['failed', 'interrupted'],
    check: (run: Run) => void = () => {},
  ): Promise<CreatedBatch> {
    const { name, concurrency, priority, common, state } = this.get(batchId);
    if (!isEnded(state)) mustBecome(`of batch ${batchId}`, state, 'queued');
    const runs: BatchRun[] = [];
    for (let after = 0, isMore = true; isMore; ) {
      const rows = this.#context.database.all(
        `${SELECT_RUNS} WHERE r.batch = (SELECT number FROM batches WHERE id = ?)
           AND r.state IN (SELECT value FROM json_each(?)) AND r.number > ?
         ORDER BY r.number LIMIT ${INSERTED_TOGETHER}`,
        batchId,
        JSON.stringify(states),
        after,
      );
      for (const row of rows) {
        const run = runOf(row);
        check(run);
        runs.push({ input: inputOf(run), retried: { runId: run.id, attempt: run.attempt } });
        after = integer(row, 'number');
      }
      isMore = rows.length === INSERTED_TOGETHER;
      if (isMore) await nextTurn();
    }
    const named = name === undefined ? {} : { name };
    const passed = {
      ...(idempotency === undefined ? {} : { idempotency }),
      ...(onComplete === undefined ? {} : { onComplete }),
    };
    return this.#create({ tokenId, ...named, concurrency, priority, common, ...passed }, runs, batchId);
  }

  find(id: string): Batch | undefined {
    const row = this.#context.database.get('SELECT * FROM batches WHERE id = ? AND is_complete = 1', id);
    return row && batchOf(row);
  }

  /** @throws BATCH_NOT_FOUND */
  get(id: string): Batch {
    const batch = this.find(id);
    if (!batch) throw new SandpoolError('BATCH_NOT_FOUND', { batch: id });
    return batch;
  }

  /** Batches that have ended and whose last event is not of `type`. */
  endedWithoutEvent(type: string): string[] {
    return this.#context.database
      .all(
        `SELECT id FROM batches b WHERE ended_at IS NOT NULL AND is_complete = 1 AND ? IS NOT
           (SELECT type FROM events WHERE batch = b.number ORDER BY sequence DESC LIMIT 1)`,
        type,
      )
      .map((row) => text(row, 'id'));
  }

  async #create(settings: BatchSettings, runs: readonly BatchRun[], retryOf?: string): Promise<CreatedBatch> {
    const { tokenId, idempotency } = settings;
    const { database } = this.#context;
    const known = this.#keys.find(tokenId, 'batch', idempotency);
    if (known !== undefined) {
      // When the first request fails, this one fails with what it failed with.
      await this.#filling.get(known);
      return { batch: this.get(known), outcome: 'repeated' };
    }
    if (runs.length === 0 || runs.length > MOST_RUNS) {
      const bound = `1 to ${MOST_RUNS} in number`;
      throw new SandpoolError('INVALID_OPTION', { option: 'runs', bound, value: runs.length });
    }
    const { id, number } = database.transaction(() => {
      const made = this.#insert(settings, retryOf);
      this.#keys.keep(tokenId, 'batch', made.id, idempotency);
      this.#fill(made, settings, runs, 0);
      return made;
    });
    if (runs.length > INSERTED_TOGETHER) {
      const filling = this.#fillOn(id, number, settings, runs);
      this.#filling.set(id, filling);
      try {
        await filling;
      } finally {
        this.#filling.delete(id);
      }
    }
    return { batch: this.get(id), outcome: 'created' };
  }

  #insert(settings: BatchSettings, retryOf: string | undefined): { id: string; number: number } {
    const id = this.#context.identifiers.next();
    const { lastNumber } = this.#context.database.run(
      `INSERT INTO batches (id, token_id, name, concurrency, priority, common, retry_of, is_complete, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
      id,
      settings.tokenId,
      settings.name ?? null,
      settings.concurrency,
      settings.priority ?? 0,
      JSON.stringify(settings.common),
      retryOf ?? null,
      this.#context.now(),
    );
    return { id, number: lastNumber };
  }

  async #fillOn(
    id: string,
    number: number,
    settings: BatchSettings,
    runs: readonly BatchRun[],
  ): Promise<void> {
    try {
      for (let from = INSERTED_TOGETHER; from < runs.length; from += INSERTED_TOGETHER) {
        await nextTurn();
        this.#context.database.transaction(() => this.#fill({ id, number }, settings, runs, from));
      }
    } catch (error) {
      await this.#remove(id, number);
      throw error;
    }
  }

  /** To be used within a transaction. */
  #fill(
    { id, number }: { readonly id: string; readonly number: number },
    settings: BatchSettings,
    runs: readonly BatchRun[],
    from: number,
  ): void {
    const { tokenId, priority = 0, onComplete } = settings;
    const slice = runs.slice(from, from + INSERTED_TOGETHER);
    for (const { input, retried } of slice) {
      this.#insertion.insert({ priority, ...input }, { tokenId, batch: number }, retried);
    }
    const isComplete = from + slice.length === runs.length;
    this.#context.database.run(
      'UPDATE batches SET queued = queued + ?, is_complete = ? WHERE number = ?',
      slice.length,
      isComplete ? 1 : 0,
      number,
    );
    if (isComplete) onComplete?.(id, runs.length);
  }

  async #remove(id: string, number: number): Promise<void> {
    const { database } = this.#context;
    while (removeSome(this.#context, number, INSERTED_TOGETHER)) await nextTurn();
    database.transaction(() => {
      database.run('DELETE FROM idempotency_keys WHERE subject_id = ?', id);
      database.run('DELETE FROM batches WHERE number = ?', number);
    });
  }
}

/** Removes up to `limit` runs of a batch that was never complete. @returns whether there may be more */
export function removeSome({ database }: StoreContext, batch: number, limit: number): boolean {
  const { changes } = database.run(
    'DELETE FROM runs WHERE number IN (SELECT number FROM runs WHERE batch = ? LIMIT ?)',
    batch,
    limit,
  );
  return changes === limit;
}
