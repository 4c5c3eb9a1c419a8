// Writing events in groups. What arrives within some milliseconds becomes one transaction; what waits is bounded.

import { SandpoolError } from '../../../bridge/errors.js';
import { text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Statement } from './database.js';
import type { NewEvent, StoredEvent } from './events.js';

/** How long an event may wait for others. Whoever reads is told some ten times a second. */
const GATHER_MS = 25;
/** How long until what could not be written is tried again. */
const RETRY_MS = 1000;
/** Written in one turn of the main thread at most. */
const GROUP_EVENTS = 128;
/** What may wait; a writer of more is told. */
const BACKLOG_EVENTS = 512;
const BACKLOG_CHARACTERS = 1024 ** 2;
/** The longest data of one event, as JSON: 64 KiB of ASCII. Longer ones go in parts. */
export const LONGEST_EVENT_CHARACTERS = 64 * 1024;

interface Waiting {
  readonly event: NewEvent;
  readonly data: string;
  readonly timeMs: number;
}

/** Told of each group once it is written. */
export type EventListener = (events: readonly StoredEvent[]) => void;

const MOST_BATCHES_KEPT = 10_000;

/** The only writer of events. They get their numbers when they are written, so no number is seen and then lost. */
export class EventWriter {
  readonly #context: StoreContext;
  readonly #onFailure: (error: SandpoolError) => void;
  readonly #ofRun: Statement;
  readonly #ofBatch: Statement;
  readonly #ofService: Statement;
  readonly #batchOfRun: Statement;
  /** The batches of runs that were asked for lately, which never change. */
  readonly #batches = new Map<string, string | undefined>();
  readonly #listeners = new Set<EventListener>();
  #backlog: Waiting[] = [];
  #backlogCharacters = 0;
  /** Events of the backlog that the open transaction holds already. */
  #writtenCount = 0;
  #written: StoredEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #refusedCount = 0;
  #isExpectingEnding = false;

  constructor(context: StoreContext, onFailure: (error: SandpoolError) => void) {
    this.#context = context;
    this.#onFailure = onFailure;
    const { database } = context;
    const columns = 'INSERT INTO events (run, batch, time, type, data)';
    this.#ofRun = database.statement(`${columns} SELECT number, batch, ?, ?, ? FROM runs WHERE id = ?`);
    this.#ofBatch = database.statement(`${columns} SELECT NULL, number, ?, ?, ? FROM batches WHERE id = ?`);
    this.#ofService = database.statement(`${columns} VALUES (NULL, NULL, ?, ?, ?)`);
    this.#batchOfRun = database.statement(
      'SELECT b.id FROM runs r JOIN batches b ON b.number = r.batch WHERE r.id = ?',
    );
  }

  /** Events that wait, and how many were refused since the store was opened. */
  get counts(): { readonly waiting: number; readonly refused: number } {
    return { waiting: this.#backlog.length, refused: this.#refusedCount };
  }

  /** Has `listener` called after each group, in order, until the returned function is called. */
  onWritten(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes an event on, behind all before it. `full` says that it was not taken because too many wait, as they do
   * when the disk is full: the caller waits, or counts what it leaves out.
   *
   * @throws INVALID_OPTION for data longer than {@link LONGEST_EVENT_CHARACTERS}
   */
  append(event: NewEvent): 'taken' | 'full' {
    const waiting = this.#waitingOf(event);
    if (
      this.#backlog.length >= BACKLOG_EVENTS ||
      this.#backlogCharacters + waiting.data.length > BACKLOG_CHARACTERS
    ) {
      this.#refusedCount += 1;
      return 'full';
    }
    this.#push(waiting);
    this.#schedule(GATHER_MS);
    return 'taken';
  }

  /**
   * Writes everything that waits and then `events` in the open transaction, or in one of its own: for events that
   * must be there exactly when the change is that they tell of.
   */
  writeWith(events: readonly NewEvent[] = []): void {
    const waiting = events.map((event) => this.#waitingOf(event));
    this.#context.database.transaction(() => {
      this.#writeWaiting(Number.POSITIVE_INFINITY);
      for (const each of waiting) this.#write(each);
    });
  }

  /** Writes what waits. @throws what the database throws; then all of it still waits */
  flush(): void {
    while (this.#backlog.length > 0) this.#flushGroup();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #waitingOf(event: NewEvent): Waiting {
    const data = JSON.stringify(event.data);
    if (data.length > LONGEST_EVENT_CHARACTERS) {
      const bound = `at most ${LONGEST_EVENT_CHARACTERS} characters of JSON`;
      throw new SandpoolError('INVALID_OPTION', { option: 'data', bound, value: data.length });
    }
    return { event, data, timeMs: this.#context.now() };
  }

  #push(waiting: Waiting): void {
    this.#backlog.push(waiting);
    this.#backlogCharacters += waiting.data.length;
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        this.#flushGroup();
        if (this.#backlog.length > 0) this.#schedule(0);
      } catch (error) {
        this.#onFailure(SandpoolError.from(error));
        this.#schedule(RETRY_MS);
      }
    }, delayMs);
    this.#timer.unref();
  }

  #flushGroup(): void {
    this.#context.database.transaction(() => this.#writeWaiting(GROUP_EVENTS));
  }

  #writeWaiting(most: number): void {
    const until = Math.min(this.#backlog.length, this.#writtenCount + most);
    for (let index = this.#writtenCount; index < until; index += 1) {
      const waiting = this.#backlog[index];
      if (waiting) this.#write(waiting);
      this.#writtenCount = index + 1;
      this.#expectEnding();
    }
  }

  #write({ event, data, timeMs }: Waiting): void {
    this.#expectEnding();
    const { runId, batchId, type } = event;
    const { changes, lastNumber } =
      runId !== undefined
        ? this.#ofRun.run(timeMs, type, data, runId)
        : batchId !== undefined
          ? this.#ofBatch.run(timeMs, type, data, batchId)
          : this.#ofService.run(timeMs, type, data);
    if (changes === 1) {
      const batch = runId === undefined ? batchId : this.#batchOf(runId);
      const told = batch === undefined ? {} : { batchId: batch };
      this.#written.push({ ...event, ...told, sequence: lastNumber, timeMs });
    } else if (runId !== undefined) this.#onFailure(new SandpoolError('RUN_NOT_FOUND', { run: runId }));
    else this.#onFailure(new SandpoolError('BATCH_NOT_FOUND', { batch: batchId ?? '' }));
  }

  /** Listeners are told what a reader of the store would find: the batch of a run's event too. */
  #batchOf(runId: string): string | undefined {
    if (this.#batches.has(runId)) return this.#batches.get(runId);
    const row = this.#batchOfRun.get(runId);
    const batch = row && text(row, 'id');
    if (this.#batches.size === MOST_BATCHES_KEPT) this.#batches.clear();
    this.#batches.set(runId, batch);
    return batch;
  }

  /** Only what was committed leaves the backlog and is told of. */
  #expectEnding(): void {
    if (this.#isExpectingEnding) return;
    this.#isExpectingEnding = true;
    this.#context.database.whenEnded((how) => {
      this.#isExpectingEnding = false;
      const written = this.#written;
      this.#written = [];
      const count = this.#writtenCount;
      this.#writtenCount = 0;
      if (how === 'rolled-back') return;
      for (const { data } of this.#backlog.slice(0, count)) this.#backlogCharacters -= data.length;
      this.#backlog = this.#backlog.slice(count);
      if (written.length > 0) this.#tell(written);
    });
  }

  /** What a listener throws must not make a change that was committed look as if it had failed. */
  #tell(events: readonly StoredEvent[]): void {
    for (const listener of this.#listeners) {
      try {
        listener(events);
      } catch (error) {
        this.#onFailure(SandpoolError.from(error));
      }
    }
  }
}
