// Moving the log into the file: when, and how long the log may become.

import { Worker } from 'node:worker_threads';
import { describe, SandpoolError } from '../../../bridge/errors.js';
import { CHECKPOINT_THREAD } from '../thread-files.js';
import type { CheckpointAnswer, CheckpointRequest } from './checkpoint-thread.js';
import type { StoreDatabase } from './database.js';

/** How long after a commit; what is committed meanwhile is moved together. */
const GATHER_MS = 250;

/**
 * The log begins anew only when all of it was moved, which under an unbroken stream of commits the thread never quite
 * achieves. From this length on, 16 MiB, the main thread moves the little that came after.
 */
const LONGEST_LOG_PAGES = 4096;

/** Asks a thread of its own for checkpoints, a while after each commit. */
export class Checkpoints {
  readonly #database: StoreDatabase;
  readonly #onFailure: (error: SandpoolError) => void;
  readonly #worker: Worker;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #hasEnded = false;

  constructor(database: StoreDatabase, onFailure: (error: SandpoolError) => void) {
    this.#database = database;
    this.#onFailure = onFailure;
    this.#worker = new Worker(CHECKPOINT_THREAD, {
      workerData: database.file,
      env: {},
      execArgv: [],
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: CheckpointAnswer) => this.#take(answer));
    this.#worker.on('exit', () => {
      this.#hasEnded = true;
    });
    this.#worker.on('error', (error) => this.#fail(describe(error)));
    database.onCommit = () => this.#schedule();
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#hasEnded) return;
    // Not terminated: the driver aborts the process when it is interrupted.
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.ref();
    this.#worker.postMessage('end' satisfies CheckpointRequest);
    await ended;
  }

  #schedule(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#ask(), GATHER_MS);
    this.#timer.unref();
  }

  #ask(): void {
    this.#worker.postMessage('checkpoint' satisfies CheckpointRequest);
  }

  #take(answer: CheckpointAnswer): void {
    this.#timer = undefined;
    if (this.#isClosed) return;
    if ('failure' in answer) {
      this.#fail(answer.failure);
      return;
    }
    if (answer.logPages < LONGEST_LOG_PAGES || this.#database.isInTransaction) return;
    try {
      this.#database.pragma('wal_checkpoint(PASSIVE)');
    } catch (error) {
      this.#onFailure(SandpoolError.from(error));
    }
  }

  /** The next commit asks again. Should the thread be gone, commits do the work themselves, as SQLite has it. */
  #fail(reason: string): void {
    this.#timer = undefined;
    if (this.#isClosed) return;
    this.#onFailure(new SandpoolError('STORE_UNWRITABLE', { file: this.#database.file, reason }));
    this.#database.pragma('wal_autocheckpoint = 1000');
  }
}
