// A run that is looked at: its timeline and its log, from its first event on.

import { signal } from '@preact/signals';
import type { Static } from 'typebox';
import type { ServiceEvent } from '../../api/events.js';
import type { Run, UpdateList } from '../../api/runs.js';
import type { ApiClient } from './api-client.js';
import { browserClock } from './browser-clock.js';
import type { StreamState } from './event-stream.js';
import { FrameQueue } from './frame-queue.js';
import { asProblem, type Problem } from './problem.js';
import { RunLog } from './run-log.js';
import { isEnded } from './run-states.js';
import { RunTimeline } from './timeline.js';

const PAGE_SIZE = 1000;

/** Call `close()` when it is no longer looked at. */
export class LiveRun {
  readonly run = signal<Run | undefined>(undefined);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly stream = signal<StreamState | 'none'>('none');
  readonly updates = signal<Static<typeof UpdateList>['items']>([]);
  /** Whether there is something to show of what it did: for a run that has ended, the first page of its events. */
  readonly loaded = signal(false);
  /** Goes up whenever events have come, once a frame at most. */
  readonly revision = signal(0);
  readonly log = new RunLog();
  timeline: RunTimeline | undefined;
  #aheadMs: number | undefined;
  #lastSequence = 0;
  readonly #api: ApiClient;
  readonly #id: string;
  readonly #closing = new AbortController();
  readonly #queue: FrameQueue<string>;

  constructor(api: ApiClient, id: string) {
    this.#api = api;
    this.#id = id;
    this.#queue = new FrameQueue({
      clock: browserClock,
      take: (data) => this.#take(JSON.parse(data) as ServiceEvent),
      drawn: () => {
        this.revision.value += 1;
      },
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
  }

  async #open(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const run = await this.#api.run(this.#id, signal);
      this.timeline = new RunTimeline(run);
      this.run.value = run;
      if (isEnded(run.state)) {
        await this.#readAll();
        this.updates.value = (await this.#api.updates(this.#id, signal)).items;
        return;
      }
      this.loaded.value = true;
      await this.#api.follow(`/v1/runs/${this.#id}/events`, {
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

  async #readAll(): Promise<void> {
    let after: number | undefined;
    do {
      const query = { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
      const page = await this.#api.runEvents(this.#id, query, this.#closing.signal);
      for (const event of page.items) this.#take(event);
      this.loaded.value = true;
      this.revision.value += 1;
      after = page.next;
    } while (after !== undefined);
  }

  #take(event: ServiceEvent): void {
    if (event.sequence <= this.#lastSequence) return;
    this.#lastSequence = event.sequence;
    const run = this.run.value;
    this.#aheadMs = Math.max(this.#aheadMs ?? Number.NEGATIVE_INFINITY, Date.parse(event.time) - Date.now());
    this.timeline?.apply(event);
    this.log.apply(event);
    if (run === undefined || isEnded(run.state)) return;
    if (event.type === 'run-started') this.run.value = { ...run, state: 'running', startedAt: event.time };
    if (event.type === 'run-finished' || event.type === 'run-interrupted') void this.#finish();
  }

  /** The last event of a run: what the service says of it now stays. */
  async #finish(): Promise<void> {
    const { signal } = this.#closing;
    try {
      const [run, updates] = await Promise.all([
        this.#api.run(this.#id, signal),
        this.#api.updates(this.#id, signal),
      ]);
      this.run.value = run;
      this.updates.value = updates.items;
    } catch (error) {
      if (!signal.aborted) this.problem.value = asProblem(error);
    } finally {
      this.#closing.abort();
    }
  }
}
