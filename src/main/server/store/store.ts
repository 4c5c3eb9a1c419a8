// What the service keeps, in one file: opened, put in order, and closed.

import type { SandpoolError } from '../../../bridge/errors.js';
import { Audit } from './audit.js';
import { Batches } from './batches.js';
import { Bundles } from './bundles.js';
import { Checkpoints } from './checkpoints.js';
import type { StoreContext } from './context.js';
import type { StoreDatabase } from './database.js';
import { Durability } from './durability.js';
import { EventWriter } from './event-writer.js';
import { Events } from './events.js';
import { History } from './history.js';
import { IdempotencyKeys } from './idempotency.js';
import { Identifiers } from './identifiers.js';
import { migrate } from './migrations.js';
import { openDatabase } from './open-database.js';
import { Plugins } from './plugins.js';
import { type Recovery, recover } from './recovery.js';
import { resolvedFile } from './resolved-file.js';
import { Retention } from './retention.js';
import { RunInsertion } from './run-insertion.js';
import { Runs } from './runs.js';
import { Tokens } from './tokens.js';
import { RunTotals } from './totals.js';
import { Updates } from './updates.js';

/** What a store is opened with. */
export interface StoreOptions {
  /** Created when there is none, with its folder. Beside it SQLite keeps its log, `<file>-wal`. */
  readonly file: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
  /** Told when events could not be written; they wait and are tried again. @default nothing */
  readonly onFailure?: (error: SandpoolError) => void;
}

/** An open store. One process at a time has one; all of it is used from one thread. */
export class Store {
  readonly tokens: Tokens;
  readonly plugins: Plugins;
  readonly bundles: Bundles;
  readonly batches: Batches;
  readonly runs: Runs;
  readonly updates: Updates;
  readonly events: Events;
  readonly eventWriter: EventWriter;
  readonly audit: Audit;
  readonly history: History;
  readonly totals: RunTotals;
  readonly retention: Retention;
  /** What an earlier process had left. */
  readonly recovery: Recovery;
  readonly #database: StoreDatabase;
  readonly #durability: Durability;
  readonly #checkpoints: Checkpoints;

  constructor(database: StoreDatabase, clock: () => number, onFailure: (error: SandpoolError) => void) {
    const now = () => Math.trunc(clock());
    const context: StoreContext = { database, now, identifiers: new Identifiers(now) };
    const keys = new IdempotencyKeys(context);
    const insertion = new RunInsertion(context);
    this.#database = database;
    this.#durability = new Durability(database.file);
    this.eventWriter = new EventWriter(context, onFailure);
    this.tokens = new Tokens(context);
    this.plugins = new Plugins(context);
    this.bundles = new Bundles(context);
    this.batches = new Batches(context, insertion, keys);
    this.totals = new RunTotals(context);
    this.runs = new Runs(context, insertion, keys, this.eventWriter, this.totals);
    this.updates = new Updates(context);
    this.events = new Events(context);
    this.audit = new Audit(context);
    this.history = new History(context);
    this.retention = new Retention(context, keys, this.totals);
    this.recovery = recover(context, this.runs, this.eventWriter);
    this.#checkpoints = new Checkpoints(database, onFailure);
  }

  /** Everything that `work` does with this store, or nothing of it. `work` does not wait for anything. */
  transaction<Result>(work: () => Result): Result {
    return this.#database.transaction(work);
  }

  /**
   * Resolves when all that was done before the call outlives a loss of power. Without it, all that was done
   * outlives this process, however it ends. @throws STORE_UNWRITABLE
   */
  durable(): Promise<void> {
    return this.#durability.reached();
  }

  /** Writes what waits and gives the file up. Further calls do nothing. @throws when that cannot be written */
  async close(): Promise<void> {
    await this.retention.stop();
    try {
      this.eventWriter.flush();
    } finally {
      this.eventWriter.close();
      await this.#durability.close();
      await this.#checkpoints.close();
      this.#database.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Opens the store in `file`, brings it to the present version, and ends what an earlier process left running.
 *
 * @throws STORE_IN_USE, STORE_TOO_NEW, STORE_INVALID, STORE_DAMAGED, STORE_UNWRITABLE, STORE_FULL
 *
 * @example
 * ```ts
 * await using store = openStore({ file: 'service.db' });
 * const { run } = store.runs.create({ tokenId, input });
 * store.runs.start(run.id);
 * ```
 */
export function openStore({ file, clock = Date.now, onFailure = () => undefined }: StoreOptions): Store {
  const database = openDatabase(resolvedFile(file));
  try {
    migrate(database, Math.trunc(clock()));
    return new Store(database, clock, onFailure);
  } catch (error) {
    database.abandon();
    throw error;
  }
}
