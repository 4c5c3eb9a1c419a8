// Whose a run or batch is, for those who ask with every event: looked up once.

import type { Store, StoredEvent } from '../store/index.js';

const MOST_KEPT = 10_000;

/** Tokens by what belongs to them. */
export class TokenIndex {
  readonly #store: Store;
  readonly #owners = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The id of the token that the run or batch of an event belongs to. */
  of({ runId, batchId }: StoredEvent): string | undefined {
    // A run is on behalf of the token that made its batch.
    const subject = batchId ?? runId;
    if (subject === undefined) return undefined;
    const known = this.#owners.get(subject);
    if (known !== undefined) return known;
    const owner = (batchId === undefined ? this.#store.runs : this.#store.batches).find(subject)?.tokenId;
    if (owner === undefined) return undefined;
    if (this.#owners.size === MOST_KEPT) this.#owners.clear();
    this.#owners.set(subject, owner);
    return owner;
  }
}
