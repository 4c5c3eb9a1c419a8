// Between the event stream and what is on screen: items are taken once a frame, for as long as a frame can spare.

/** What it needs of the browser. */
export interface FrameClock {
  /** Calls back before the next frame is drawn; soon, too, when nothing is drawn. */
  readonly request: (callback: () => void) => void;
  readonly nowMs: () => number;
}

/** How items are dealt with. */
export interface FrameQueueOptions<Item> {
  readonly clock: FrameClock;
  readonly take: (item: Item) => void;
  /** Once a frame in which items were taken. */
  readonly drawn: () => void;
  /** @default 6 */
  readonly budgetMs?: number;
  /** With more waiting than that, `ready()` waits. @default 4000 */
  readonly mostWaiting?: number;
}

const CHECK_EVERY = 32;

/** A queue that is emptied frame by frame. */
export class FrameQueue<Item> {
  readonly #options: Required<FrameQueueOptions<Item>>;
  #items: Item[] = [];
  #next = 0;
  #requested = false;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(options: FrameQueueOptions<Item>) {
    this.#options = { budgetMs: 6, mostWaiting: 4000, ...options };
  }

  push(item: Item): void {
    if (this.#closed) return;
    this.#items.push(item);
    this.#request();
  }

  /** Settles once there is room for more. */
  ready(): Promise<void> {
    if (this.#closed || this.#items.length - this.#next < this.#options.mostWaiting) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  /** Forgets what waits. */
  close(): void {
    this.#closed = true;
    this.#items = [];
    this.#next = 0;
    this.#release();
  }

  #request(): void {
    if (this.#requested) return;
    this.#requested = true;
    this.#options.clock.request(() => this.#flush());
  }

  #flush(): void {
    this.#requested = false;
    if (this.#closed) return;
    const { clock, take, drawn, budgetMs, mostWaiting } = this.#options;
    const untilMs = clock.nowMs() + budgetMs;
    for (let taken = 1; this.#next < this.#items.length; taken++) {
      take(this.#items[this.#next++] as Item);
      if (taken % CHECK_EVERY === 0 && clock.nowMs() >= untilMs) break;
    }
    drawn();
    if (this.#next >= this.#items.length) {
      this.#items = [];
      this.#next = 0;
    } else {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
      this.#request();
    }
    if (this.#items.length < mostWaiting) this.#release();
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
