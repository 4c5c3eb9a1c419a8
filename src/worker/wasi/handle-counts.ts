// Counts what the guest holds open, by kind, so that hoarding is refused before it costs the host.

/**
 * The kinds of handle that are counted, each up to the same limit. A `file` is a descriptor of the process's own,
 * of which all runs together have a limited number: several handles of the guest may share one.
 */
export type HandleKind = 'descriptor' | 'error' | 'file' | 'network' | 'pollable' | 'stream';

/** How many handles of each kind are open. */
export class HandleCounts {
  readonly #limit: number;
  readonly #open = new Map<HandleKind, number>();

  /** @param limit the most handles of each kind. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more; false, counting nothing, when there are as many as may be. */
  take(kind: HandleKind): boolean {
    const open = this.open(kind);
    if (open >= this.#limit) return false;
    this.#open.set(kind, open + 1);
    return true;
  }

  /** Counts one less. */
  release(kind: HandleKind): void {
    this.#open.set(kind, this.open(kind) - 1);
  }

  /** How many of a kind are open. */
  open(kind: HandleKind): number {
    return this.#open.get(kind) ?? 0;
  }
}
