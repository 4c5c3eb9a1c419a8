// Takes runs from the queue to their end, as many at once as there are places. The store says what is queued and running
// before anything is done, so that whenever the process ends, the next one knows where things stood.

import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { SandpoolError } from '../../../bridge/errors.js';
import {
  type Batch,
  isEnded,
  mustBecome,
  type NewEvent,
  type QueueSource,
  type Run,
  type Store,
} from '../store/index.js';
import { Queue, type SourceSettings } from './queue.js';
import type { EndReason, RunExecutor, RunOutcome } from './run-executor.js';

/** What a dispatcher works with. */
export interface DispatcherParts {
  readonly store: Store;
  readonly executor: RunExecutor;
  /** Runs at once. */
  readonly concurrency: number;
  readonly onStarted?: (run: Run) => void;
  readonly onEnded?: (run: Run, outcome: RunOutcome) => void;
  /** Told when the store cannot be written; it is tried again. */
  readonly onFailure: (error: SandpoolError, run?: Run) => void;
  /** Waits until it is tried again. @default a second */
  readonly untilRetry?: () => Promise<unknown>;
}

interface UnderWay {
  readonly run: Run;
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

/** Runs that are started in one turn of the main thread. */
const STARTED_TOGETHER = 8;
const RETRY_MS = 1000;
const BATCH_FINISHED = 'batch-finished';

/** Starts runs, and ends them. */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #queue: Queue;
  readonly #underWay = new Map<string, UnderWay>();
  /** Taken from the queue, and not yet under way: only while the store cannot be written. */
  #starting: Run | undefined;
  #pumping: Promise<void> | undefined;
  /** Whether something has changed since runs were last looked for. */
  #isWanted = false;
  #isClosing = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    this.#queue = new Queue((source, limit) => parts.store.runs.queuedIn(source, limit));
  }

  /** Runs that wait, and runs under way. */
  get counts(): { readonly waiting: number; readonly running: number } {
    return { waiting: this.#queue.waiting, running: this.#underWay.size };
  }

  /** Takes up what an earlier process left, and begins. */
  start(): void {
    for (const { count, ...source } of this.#parts.store.runs.waiting()) {
      this.#queue.add(source, count, this.#settingsOf(source));
    }
    this.#tellEndedBatches();
    this.#pump();
  }

  /** Runs were put into the queue of the store. */
  added(source: QueueSource, count: number): void {
    this.#queue.add(source, count, this.#settingsOf(source));
    this.#pump();
  }

  /**
   * Cancels a run: one that waits is cancelled when this returns, one under way ends as after Ctrl-C.
   * @throws SandpoolError RUN_NOT_FOUND, RUN_STATE_CONFLICT when it has ended
   */
  cancelRun(id: string): void {
    const underWay = this.#underWay.get(id);
    if (underWay !== undefined) {
      end(underWay, 'cancelled');
      return;
    }
    const { store } = this.#parts;
    const run = store.runs.get(id);
    store.runs.end(id, { state: 'cancelled', events: [cancelledEvent(id)] });
    this.#removeWaiting(run, [id]);
  }

  /**
   * Cancels what waits of a batch, which it is when this resolves, and what is under way.
   * @throws SandpoolError RUN_STATE_CONFLICT when it has ended
   */
  async cancelBatch(batch: Batch): Promise<void> {
    const { store } = this.#parts;
    if (isEnded(batch.state)) mustBecome(`of batch ${batch.id}`, batch.state, 'cancelled');
    const source = { batchId: batch.id, tokenId: batch.tokenId };
    for (;;) {
      const ids = store.runs.cancelQueued(batch.id, cancelledEvent);
      if (ids.length === 0) break;
      this.#removeWaiting(source, ids);
      await nextTurn();
    }
    for (const underWay of this.#underWay.values()) {
      if (underWay.run.batchId === batch.id) end(underWay, 'cancelled');
    }
  }

  /**
   * Starts no more, lets what is under way finish until the deadline, then ends it. What waits stays in the queue of the
   * store. Resolves when nothing is under way.
   */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    const deadline = setTimeout(
      () => {
        for (const underWay of this.#underWay.values()) end(underWay, 'closing');
      },
      Math.min(deadlineMs, 2 ** 31 - 1),
    );
    await this.#pumping;
    await Promise.all([...this.#underWay.values()].map(({ ended }) => ended));
    clearTimeout(deadline);
  }

  /** Runs were cancelled that waited. One that is being started does not count as waiting: its start finds it out. */
  #removeWaiting(source: QueueSource, ids: readonly string[]): void {
    const waiting = new Set(ids.filter((id) => id !== this.#starting?.id));
    if (this.#queue.remove(source, waiting)) this.#tellBatch(source);
  }

  #settingsOf({ batchId }: QueueSource): SourceSettings {
    if (batchId === undefined) return { concurrency: this.#parts.concurrency };
    const { concurrency, priority } = this.#parts.store.batches.get(batchId);
    return { concurrency, priority };
  }

  #pump(): void {
    this.#isWanted = true;
    this.#pumping ??= this.#keepStarting();
  }

  async #keepStarting(): Promise<void> {
    // What asked for this is done first: whoever makes a batch is answered before its runs begin.
    await nextTurn();
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#startSome();
    }
    this.#pumping = undefined;
  }

  async #startSome(): Promise<void> {
    for (let started = 1; !this.#isClosing && this.#underWay.size < this.#parts.concurrency; started += 1) {
      const run = this.#queue.take();
      if (run === undefined) return;
      this.#starting = run;
      while (!this.#tryToStart(run)) await this.#untilRetry();
      if (started % STARTED_TOGETHER === 0) await nextTurn();
    }
  }

  /**
   * Puts a run under way in the store and here, in one go. One that was cancelled, or that the service ends before it
   * could be written, is dropped.
   * @returns whether that is done, and need not be tried again
   */
  #tryToStart(run: Run): boolean {
    const { store, onStarted, onFailure } = this.#parts;
    const event = { runId: run.id, type: 'run-started', data: { canister: run.canisterId } };
    try {
      if (this.#isClosing) return this.#drop(run);
      store.runs.start(run.id, [event]);
    } catch (thrown) {
      const error = SandpoolError.from(thrown);
      if (error.code === 'RUN_STATE_CONFLICT' || error.code === 'RUN_NOT_FOUND') return this.#drop(run);
      onFailure(error, run);
      return false;
    }
    this.#starting = undefined;
    onStarted?.(run);
    const abort = new AbortController();
    this.#underWay.set(run.id, { run, abort, ended: this.#follow(run, abort.signal) });
    return true;
  }

  #drop(run: Run): true {
    this.#starting = undefined;
    if (this.#queue.ended(run)) this.#tellBatch(run);
    return true;
  }

  #untilRetry(): Promise<unknown> {
    return (this.#parts.untilRetry ?? pauseBeforeRetry)();
  }

  async #follow(run: Run, signal: AbortSignal): Promise<void> {
    const { executor, onEnded } = this.#parts;
    const outcome = await executor.execute(run, signal);
    await this.#write(run, outcome);
    this.#underWay.delete(run.id);
    try {
      onEnded?.(run, outcome);
    } catch (thrown) {
      this.#parts.onFailure(SandpoolError.from(thrown), run);
    }
    if (this.#queue.ended(run)) this.#tellBatch(run);
    this.#pump();
  }

  /** What came of a run must not be lost: it is written when the store can be written again. */
  async #write(run: Run, outcome: RunOutcome): Promise<void> {
    for (;;) {
      try {
        outcome.write();
        return;
      } catch (thrown) {
        const error = SandpoolError.from(thrown);
        this.#parts.onFailure(error, run);
        // A run that the store has no place for any more cannot be written at any time.
        if (error.code === 'RUN_NOT_FOUND' || error.code === 'RUN_STATE_CONFLICT' || this.#isClosing) return;
        await this.#untilRetry();
      }
    }
  }

  #tellBatch({ batchId }: Partial<QueueSource>): void {
    const { store, onFailure } = this.#parts;
    try {
      const batch = batchId === undefined ? undefined : store.batches.find(batchId);
      if (batch === undefined || !isEnded(batch.state)) return;
      const event = { batchId: batch.id, type: BATCH_FINISHED, data: { state: batch.state } };
      if (store.eventWriter.append(event) === 'full') store.eventWriter.writeWith([event]);
    } catch (thrown) {
      // It is told when the service is started the next time.
      onFailure(SandpoolError.from(thrown));
    }
  }

  /** Batches that ended in the last moment of the process before this one. */
  #tellEndedBatches(): void {
    for (const batchId of this.#parts.store.batches.endedWithoutEvent(BATCH_FINISHED))
      this.#tellBatch({ batchId });
  }
}

function end({ abort }: UnderWay, reason: EndReason): void {
  abort.abort(reason);
}

function pauseBeforeRetry(): Promise<unknown> {
  return pause(RETRY_MS);
}

function cancelledEvent(runId: string): NewEvent {
  return { runId, type: 'run-finished', data: { state: 'cancelled' } };
}
