// Events that were written since the readers were told last, put into words once for all readers of the same scope.

import type { StoredEvent } from '../store/index.js';
import { type EventFrames, type EventScope, frameOf } from './event-stream.js';

/** Some events, in order. */
export class EventWindow {
  readonly #events: readonly StoredEvent[];
  readonly #tokenOf: (event: StoredEvent) => string | undefined;
  readonly #scopes = new Map<string, readonly StoredEvent[]>();
  readonly #whole = new Map<readonly StoredEvent[], Buffer>();
  #byRun: ReadonlyMap<string | undefined, readonly StoredEvent[]> | undefined;
  #byBatch: ReadonlyMap<string | undefined, readonly StoredEvent[]> | undefined;

  /** @param tokenOf whose the run or batch of an event is */
  constructor(events: readonly StoredEvent[], tokenOf: (event: StoredEvent) => string | undefined) {
    this.#events = events;
    this.#tokenOf = tokenOf;
  }

  /** What a reader of `scope` has not seen that has seen all up to number `position`. */
  framesOf(scope: EventScope, position: number): EventFrames | undefined {
    const events = this.#within(scope);
    const [first] = events;
    const last = events.at(-1);
    if (first === undefined || last === undefined || last.sequence <= position) return undefined;
    if (position < first.sequence) return { bytes: this.#bytesOf(events), lastSequence: last.sequence };
    const unseen = events.filter(({ sequence }) => sequence > position);
    return { bytes: bytesOf(unseen), lastSequence: last.sequence };
  }

  #bytesOf(events: readonly StoredEvent[]): Buffer {
    const known = this.#whole.get(events);
    if (known !== undefined) return known;
    const bytes = bytesOf(events);
    this.#whole.set(events, bytes);
    return bytes;
  }

  #within({ runId, batchId, tokenId }: EventScope): readonly StoredEvent[] {
    if (runId !== undefined) {
      this.#byRun ??= grouped(this.#events, ({ runId }) => runId);
      return this.#byRun.get(runId) ?? [];
    }
    if (batchId !== undefined) {
      this.#byBatch ??= grouped(this.#events, ({ batchId }) => batchId);
      return this.#byBatch.get(batchId) ?? [];
    }
    if (tokenId === undefined) return this.#events;
    const known = this.#scopes.get(tokenId);
    if (known !== undefined) return known;
    const own = this.#events.filter((event) => this.#tokenOf(event) === tokenId);
    this.#scopes.set(tokenId, own);
    return own;
  }
}

function bytesOf(events: readonly StoredEvent[]): Buffer {
  return Buffer.from(events.map(frameOf).join(''));
}

function grouped<Key>(
  events: readonly StoredEvent[],
  keyOf: (event: StoredEvent) => Key,
): ReadonlyMap<Key, readonly StoredEvent[]> {
  const groups = new Map<Key, StoredEvent[]>();
  for (const event of events) {
    const key = keyOf(event);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [event]);
    else group.push(event);
  }
  return groups;
}
