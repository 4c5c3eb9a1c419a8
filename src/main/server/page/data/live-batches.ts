// The list of batches: loaded by pages, and asked for again, at most once a second, while events tell of changes.

import { signal } from '@preact/signals';
import type { ServiceEvent } from '../../api/events.js';
import type { Batch } from '../../api/runs.js';
import type { ApiClient } from './api-client.js';
import type { StreamState } from './event-stream.js';
import { asProblem, type Problem } from './problem.js';
import { EndingRate } from './rate.js';
import { endedOf } from './run-states.js';

const PAGE_SIZE = 50;
const RELOAD_MS = 1000;

/** Call `close()` when it is no longer looked at. */
export class LiveBatches {
  readonly items = signal<readonly Batch[] | undefined>(undefined);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly stream = signal<StreamState | 'none'>('none');
  readonly next = signal<string | undefined>(undefined);
  readonly #rates = new Map<string, { rate: EndingRate; ended: number }>();
  readonly #api: ApiClient;
  readonly #closing = new AbortController();
  #reload: ReturnType<typeof setTimeout> | undefined;
  #loading = false;

  constructor(api: ApiClient) {
    this.#api = api;
    void this.#load();
    void this.#follow();
  }

  /** How many runs of a batch end in a second. */
  rateOf(id: string): number {
    return this.#rates.get(id)?.rate.perSecond(Date.now()) ?? 0;
  }

  /** The next page, behind what is there. */
  async more(): Promise<void> {
    const before = this.next.value;
    if (before === undefined) return;
    await this.#attempt(async () => {
      const page = await this.#api.batches({ limit: PAGE_SIZE, before }, this.#closing.signal);
      this.#put(page.items);
      this.next.value = page.next;
    });
  }

  close(): void {
    clearTimeout(this.#reload);
    this.#closing.abort();
  }

  async #load(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    await this.#attempt(async () => {
      const page = await this.#api.batches({ limit: PAGE_SIZE }, this.#closing.signal);
      if (this.items.value === undefined) this.next.value = page.next;
      this.#put(page.items);
      this.problem.value = undefined;
    });
    this.#loading = false;
  }

  async #follow(): Promise<void> {
    await this.#attempt(() =>
      this.#api.follow('/v1/events', {
        signal: this.#closing.signal,
        onData: (data) => {
          const { type } = JSON.parse(data) as ServiceEvent;
          if (/^(?:batch-|run-(?:started|finished|interrupted))/.test(type)) this.#reloadSoon();
        },
        onState: (state) => {
          // What happened while the connection was away is not told; so ask.
          if (state === 'live') this.#reloadSoon();
          this.stream.value = state;
        },
      }),
    );
    this.stream.value = 'none';
  }

  #reloadSoon(): void {
    this.#reload ??= setTimeout(() => {
      this.#reload = undefined;
      void this.#load();
    }, RELOAD_MS);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#closing.signal.aborted) this.problem.value = asProblem(error);
    }
  }

  #put(batches: readonly Batch[]): void {
    const all = new Map((this.items.value ?? []).map((batch) => [batch.id, batch]));
    for (const batch of batches) {
      all.set(batch.id, batch);
      const ended = endedOf(batch.counts);
      const known = this.#rates.get(batch.id);
      if (known === undefined) this.#rates.set(batch.id, { rate: new EndingRate(), ended });
      else if (ended > known.ended) {
        known.rate.add(Date.now(), ended - known.ended);
        known.ended = ended;
      }
    }
    this.items.value = [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }
}
