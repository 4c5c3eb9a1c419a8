// Server-sent events to one reader. What was comes from the store, what happens from the hub; a reader that does not keep
// up is sent nothing more until it does, and then gets what it missed from the store: nothing is held for it here.

import type { ServerResponse } from 'node:http';
import { SandpoolError } from '../../../bridge/errors.js';
import type { EventQuery, Events, StoredEvent } from '../store/index.js';
import { eventView } from './views.js';

/** Which events a reader gets. */
export type EventScope = Pick<EventQuery, 'runId' | 'batchId' | 'tokenId'>;

/** Events in the form in which they are sent, and the number of the last. The same bytes may go to many. */
export interface EventFrames {
  readonly bytes: Buffer;
  readonly lastSequence: number;
}

/** Read from the store in one go. */
const PAGE_EVENTS = 200;
/** Looked through in one go for those of a token. */
const SPAN_EVENTS = 5000;
const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for so long is let go of. */
const STALL_MS = 120_000;
/** What may wait in a connection before the reader counts as behind. */
const AHEAD_BYTES = 64 * 1024;

/** An event as it is sent. */
export function frameOf(event: StoredEvent): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(eventView(event))}\n\n`;
}

/** Has `read` called when it is its turn to read a page from the store. */
export type TakeTurn = (read: () => void) => void;

/** Who reads what. */
export interface EventReader {
  readonly response: ServerResponse;
  readonly events: Events;
  readonly takeTurn: TakeTurn;
  readonly scope: EventScope;
  /** The number of the event behind which it begins. */
  readonly position: number;
  /** Whether it may go on reading; asked with every heartbeat. */
  readonly isWelcome: () => boolean;
}

/** One reader. */
export class EventStream {
  readonly scope: EventScope;
  readonly #response: ServerResponse;
  readonly #events: Events;
  readonly #takeTurn: TakeTurn;
  readonly #isWelcome: () => boolean;
  readonly #heartbeat: NodeJS.Timeout;
  /** The number of the last event that was sent, or of none that it may see. */
  #position: number;
  /** Whether all up to its position was sent and the next from the hub can be. */
  #isCurrent = false;
  #isReading = false;
  #stalledSince: number | undefined;

  constructor({ response, events, takeTurn, scope, position, isWelcome }: EventReader) {
    this.scope = scope;
    this.#response = response;
    this.#events = events;
    this.#takeTurn = takeTurn;
    this.#position = position;
    this.#isWelcome = isWelcome;
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    response.on('drain', () => this.#onDrain());
    response.once('close', () => clearInterval(this.#heartbeat));
    response.write(': sandpool\nretry: 2000\n\n');
  }

  /** The position of a reader that has all of its scope so far; undefined while it is behind. */
  get position(): number | undefined {
    return this.#isCurrent ? this.#position : undefined;
  }

  /** Sends what was, until there is no more. */
  catchUp(): void {
    if (this.#isReading || this.#isCurrent || this.#response.destroyed) return;
    this.#isReading = true;
    this.#takeTurn(() => {
      this.#isReading = false;
      this.#readPage();
    });
  }

  /** Sends what has just happened, all of its scope behind its position. To be called while it has one. */
  send({ bytes, lastSequence }: EventFrames): void {
    this.#position = lastSequence;
    this.#write(bytes);
  }

  /** Ends it: the reader comes again, and goes on where it was. */
  end(): void {
    clearInterval(this.#heartbeat);
    this.#response.end();
  }

  #readPage(): void {
    if (this.#response.destroyed || this.#response.writableNeedDrain) return;
    let page: StoredEvent[];
    let isLast: boolean;
    const upToSequence = this.#position + SPAN_EVENTS;
    try {
      page = this.#events.read({
        ...this.scope,
        afterSequence: this.#position,
        limit: PAGE_EVENTS,
        ...(this.scope.tokenId === undefined ? {} : { upToSequence }),
      });
      isLast = this.scope.tokenId === undefined || upToSequence >= this.#events.lastSequence();
    } catch {
      // The store is closed or cannot be read: the reader comes again, and is told then.
      this.end();
      return;
    }
    const last = page.at(-1);
    const isFull = page.length === PAGE_EVENTS;
    if (last !== undefined) this.#position = last.sequence;
    if (!isFull && !isLast) this.#position = upToSequence;
    this.#isCurrent = !isFull && isLast;
    if (last !== undefined) this.#write(page.map(frameOf).join(''));
    if (!this.#response.writableNeedDrain) this.catchUp();
  }

  #write(frames: string | Buffer): void {
    if (!this.#response.write(frames)) this.#stalledSince ??= Date.now();
    // From here on it is behind: what happens meanwhile it gets from the store.
    if (this.#response.writableLength >= AHEAD_BYTES) this.#isCurrent = false;
  }

  #onDrain(): void {
    this.#stalledSince = undefined;
    this.catchUp();
  }

  #beat(): void {
    if (!this.#mayGoOn()) {
      this.#response.destroy();
      return;
    }
    if (this.#stalledSince !== undefined) {
      if (Date.now() - this.#stalledSince > STALL_MS) this.#response.destroy();
      return;
    }
    this.#response.write(':\n\n');
  }

  /** A store that cannot be asked now says nothing against it. */
  #mayGoOn(): boolean {
    try {
      return this.#isWelcome();
    } catch (error) {
      return SandpoolError.from(error).code !== 'TOKEN_NOT_FOUND';
    }
  }
}
