// A list that is looked through from the newest down, a page at a time.

import { signal } from '@preact/signals';
import { asProblem, type Problem } from './problem.js';

/** A page as the API gives it. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Asks for the page behind `before`, or for the first. */
export type PageLoader<Item> = (before: string | undefined, signal: AbortSignal) => Promise<ListPage<Item>>;

/** The pages so far. Call `close()` when they are no longer looked at. */
export class Pages<Item> {
  /** Undefined: the first page is not there yet. */
  readonly items = signal<readonly Item[] | undefined>(undefined);
  readonly hasMore = signal(false);
  readonly loading = signal(false);
  readonly problem = signal<Problem | undefined>(undefined);
  readonly #load: PageLoader<Item>;
  readonly #closing = new AbortController();
  #next: string | undefined;

  constructor(load: PageLoader<Item>) {
    this.#load = load;
    void this.more();
  }

  /** Adds the next page. One at a time. */
  async more(): Promise<void> {
    if (this.loading.value) return;
    this.loading.value = true;
    try {
      const page = await this.#load(this.#next, this.#closing.signal);
      this.items.value = [...(this.items.value ?? []), ...page.items];
      this.#next = page.next;
      this.hasMore.value = page.next !== undefined;
      this.problem.value = undefined;
    } catch (error) {
      if (!this.#closing.signal.aborted) this.problem.value = asProblem(error);
    } finally {
      this.loading.value = false;
    }
  }

  close(): void {
    this.#closing.abort();
  }
}
