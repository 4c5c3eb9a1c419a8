// Hands what happens to all readers of events, up to ten times a second: what is the same for many of them is put into
// words once. Readers get what runs leave of the main thread: the more of it they take, the less often they are told.

import type { ServerResponse } from 'node:http';
import { SandpoolError } from '../../../bridge/errors.js';
import type { Store, StoredEvent } from '../store/index.js';
import { type EventScope, EventStream } from './event-stream.js';
import { EventWindow } from './event-window.js';

/** How long events wait for others to go with them. */
const GATHER_MS = 100;
const LONGEST_GATHER_MS = 1000;
/** Telling takes one part in so many of the main thread's time, unless events would wait too long. */
const PARTS_OF_TIME = 50;

/** The readers of one service. */
export class EventHub {
  readonly #store: Store;
  readonly #mostStreams: number;
  readonly #streams = new Set<EventStream>();
  readonly #unsubscribe: () => void;
  /** Whose a run or batch is, for readers of a token. */
  readonly #tokenOf: (event: StoredEvent) => string | undefined;
  #gathered: StoredEvent[] = [];
  #gatherMs = GATHER_MS;
  /** Readers that wait to read from the store: one in each turn of the main thread. */
  readonly #reads: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, mostStreams: number, tokenOf: (event: StoredEvent) => string | undefined) {
    this.#store = store;
    this.#mostStreams = mostStreams;
    this.#tokenOf = tokenOf;
    this.#unsubscribe = store.eventWriter.onWritten((events) => this.#gather(events));
  }

  /** How many read. */
  get size(): number {
    return this.#streams.size;
  }

  /** @throws SandpoolError TOO_MANY_STREAMS */
  requirePlace(): void {
    if (this.#streams.size < this.#mostStreams) return;
    throw new SandpoolError('TOO_MANY_STREAMS', { limit: this.#mostStreams });
  }

  /** Sends events of `scope` behind number `position` to `response`, until either side ends it or it is unwelcome. */
  open(response: ServerResponse, scope: EventScope, position: number, isWelcome: () => boolean): void {
    const stream = new EventStream({
      response,
      events: this.#store.events,
      takeTurn: (read) => this.#takeTurn(read),
      scope,
      position,
      isWelcome,
    });
    this.#streams.add(stream);
    response.once('close', () => this.#streams.delete(stream));
    stream.catchUp();
  }

  /** Ends all streams. */
  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
    for (const stream of this.#streams) stream.end();
  }

  #gather(events: readonly StoredEvent[]): void {
    if (this.#streams.size === 0) return;
    for (const event of events) this.#gathered.push(event);
    this.#timer ??= setTimeout(() => this.#tell(), this.#gatherMs);
  }

  #tell(): void {
    this.#timer = undefined;
    const startedAt = performance.now();
    const window = new EventWindow(this.#gathered, this.#tokenOf);
    this.#gathered = [];
    for (const stream of this.#streams) {
      const { position } = stream;
      if (position === undefined) continue;
      const frames = window.framesOf(stream.scope, position);
      if (frames !== undefined) stream.send(frames);
    }
    const tookMs = performance.now() - startedAt;
    this.#gatherMs = Math.min(Math.max(GATHER_MS, tookMs * PARTS_OF_TIME), LONGEST_GATHER_MS);
  }

  #takeTurn(read: () => void): void {
    this.#reads.push(read);
    if (this.#reads.length === 1) setImmediate(() => this.#readNext());
  }

  #readNext(): void {
    const [read] = this.#reads;
    read?.();
    this.#reads.shift();
    if (this.#reads.length > 0) setImmediate(() => this.#readNext());
  }
}
