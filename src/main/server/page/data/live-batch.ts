// A batch that is looked at: its runs loaded by pages, and, while it is not over, kept up to date by its events.

import { signal } from '@preact/signals';
import type { ServiceEvent } from '../../api/events.js';
import type { Batch } from '../../api/runs.js';
import type { ApiClient } from './api-client.js';
import { BatchRows } from './batch-rows.js';
import { browserClock } from './browser-clock.js';
import type { StreamState } from './event-stream.js';
import { FrameQueue } from './frame-queue.js';
import { asProblem, type Problem } from './problem.js';
import { EndingRate } from './rate.js';
import { END_STATES, isEnded } from './run-states.js';

const PAGE_SIZE = 1000;
/** Figures that change more often cannot be read. */
const DRAW_EVERY_MS = 100;

/** Call `close()` when it is no longer looked at. */
export class LiveBatch {
  readonly batch = signal<Batch | undefined>(undefined);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly stream = signal<StreamState | 'none'>('none');
  /** Goes up whenever rows have changed, ten times a second at most. */
  readonly revision = signal(0);
  readonly loaded = signal(false);
  readonly rows = new BatchRows();
  readonly rate = new EndingRate();
  /** What the service's clock is ahead of this one, as far as its events have told. */
  #aheadMs: number | undefined;
  readonly #api: ApiClient;
  readonly #id: string;
  readonly #closing = new AbortController();
  readonly #queue: FrameQueue<string>;
  #drawnMs = 0;
  #drawing: ReturnType<typeof setTimeout> | undefined;

  constructor(api: ApiClient, id: string) {
    this.#api = api;
    this.#id = id;
    this.#queue = new FrameQueue({
      clock: browserClock,
      take: (data) => this.#take(JSON.parse(data) as ServiceEvent),
      drawn: () => this.#draw(),
    });
    void this.#open();
  }

  /** The time at the service. */
  nowMs(): number {
    return Date.now() + (this.#aheadMs ?? 0);
  }

  close(): void {
    this.#closing.abort();
    this.#queue.close();
    clearTimeout(this.#drawing);
  }

  #draw(): void {
    const waitMs = this.#drawnMs + DRAW_EVERY_MS - performance.now();
    if (waitMs > 0) {
      this.#drawing ??= setTimeout(() => this.#draw(), waitMs);
      return;
    }
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    this.#drawnMs = performance.now();
    this.revision.value += 1;
  }

  async #open(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const batch = await this.#api.batch(this.#id, signal);
      this.batch.value = batch;
      const over = isEnded(batch.state);
      const after = over ? 0 : await this.#firstEventOfInterest();
      await this.#loadRows();
      this.loaded.value = true;
      this.revision.value += 1;
      if (over) return;
      await this.#api.follow(`/v1/batches/${this.#id}/events`, {
        after,
        signal,
        onData: (data) => this.#queue.push(data),
        onState: (state) => {
          this.stream.value = state;
        },
        ready: () => this.#queue.ready(),
      });
    } catch (error) {
      if (!signal.aborted) this.problem.value = asProblem(error);
    } finally {
      this.stream.value = 'none';
    }
  }

  /**
   * Behind which event to go on, so that the events of runs that ended long ago need not come again: asked before the
   * rows are, for what happens in between must not be missed. The run that has been under way the longest began behind
   * it; where none is, any that has ended did.
   */
  async #firstEventOfInterest(): Promise<number> {
    const { signal } = this.#closing;
    const batch = this.#id;
    const { items: running } = await this.#api.runs({ batch, state: 'running', limit: PAGE_SIZE }, signal);
    const [oldest] = running.toSorted((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1));
    const state = END_STATES.join(',');
    const run = oldest ?? (await this.#api.runs({ batch, state, limit: 1 }, signal)).items[0];
    if (run === undefined) return 0;
    const { items } = await this.#api.runEvents(run.id, { limit: 1 }, signal);
    return items[0] === undefined ? 0 : items[0].sequence - 1;
  }

  async #loadRows(): Promise<void> {
    let before: string | undefined;
    do {
      const query = { batch: this.#id, limit: PAGE_SIZE, ...(before === undefined ? {} : { before }) };
      const page = await this.#api.runs(query, this.#closing.signal);
      this.rows.load(page.items);
      for (const { endedAt } of page.items) if (endedAt !== undefined) this.rate.add(Date.parse(endedAt));
      before = page.next;
      this.revision.value += 1;
    } while (before !== undefined);
  }

  #take(event: ServiceEvent): void {
    const timeMs = Date.parse(event.time);
    this.#aheadMs = Math.max(this.#aheadMs ?? Number.NEGATIVE_INFINITY, timeMs - Date.now());
    if (this.rows.apply(event) === 'ended') this.rate.add(timeMs);
    if (event.type === 'run-started') this.#change({ state: 'running' });
    if (event.type === 'batch-finished') void this.#finish();
  }

  /** The last event of a batch: what the service says of it now stays. */
  async #finish(): Promise<void> {
    try {
      this.batch.value = await this.#api.batch(this.#id, this.#closing.signal);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.problem.value = asProblem(error);
    } finally {
      this.#closing.abort();
    }
  }

  #change(change: Partial<Batch>): void {
    const batch = this.batch.value;
    if (batch?.state === 'queued') this.batch.value = { ...batch, ...change };
  }
}
