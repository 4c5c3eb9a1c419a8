// Counts of what a network has done, for tests and benchmarks to check their answers against.

/** Counts for one canister. Method names are keys. */
export interface CanisterStatistics {
  /** Updates executed, each request once however often it was sent; calls by other canisters included. */
  readonly updates: Readonly<Record<string, number>>;
  /** Queries answered. */
  readonly queries: Readonly<Record<string, number>>;
  /** `read_state` requests answered. */
  readonly readStates: number;
}

/** Counts since a network was started. */
export interface LocalnetStatistics {
  /** HTTP requests of any kind, refused ones included. */
  readonly httpRequests: number;
  /** Requests answered with an HTTP error of the network's own, faults not counted. */
  readonly refused: number;
  /** Updates that were sent again and not executed again. */
  readonly duplicateUpdates: number;
  /** Rounds that ended with a certificate. */
  readonly rounds: number;
  /** BLS signatures made: one a round, one for a delegated subnet key, and those that faults asked for. */
  readonly blsSignatures: number;
  /** Signatures of query answers. */
  readonly nodeSignatures: number;
  /** Totals over all canisters. */
  readonly updates: number;
  readonly queries: number;
  readonly readStates: number;
  /** By canister id; the management canister is `aaaaa-aa`. */
  readonly canisters: Readonly<Record<string, CanisterStatistics>>;
}

interface CanisterCounts {
  readonly updates: Map<string, number>;
  readonly queries: Map<string, number>;
  readStates: number;
}

/** The counters behind {@link LocalnetStatistics}. */
export class Counters {
  httpRequests = 0;
  refused = 0;
  duplicateUpdates = 0;
  rounds = 0;
  blsSignatures = 0;
  nodeSignatures = 0;
  readonly #canisters = new Map<string, CanisterCounts>();

  countUpdate(canisterId: string, method: string): void {
    increment(this.#of(canisterId).updates, method);
  }

  countQuery(canisterId: string, method: string): void {
    increment(this.#of(canisterId).queries, method);
  }

  countReadState(canisterId: string): void {
    this.#of(canisterId).readStates += 1;
  }

  snapshot(): LocalnetStatistics {
    const canisters = [...this.#canisters.values()];
    return {
      httpRequests: this.httpRequests,
      refused: this.refused,
      duplicateUpdates: this.duplicateUpdates,
      rounds: this.rounds,
      blsSignatures: this.blsSignatures,
      nodeSignatures: this.nodeSignatures,
      updates: total(canisters.map((counts) => sum(counts.updates))),
      queries: total(canisters.map((counts) => sum(counts.queries))),
      readStates: total(canisters.map((counts) => counts.readStates)),
      canisters: Object.fromEntries(
        Array.from(this.#canisters, ([id, counts]) => [
          id,
          {
            updates: Object.fromEntries(counts.updates),
            queries: Object.fromEntries(counts.queries),
            readStates: counts.readStates,
          },
        ]),
      ),
    };
  }

  #of(canisterId: string): CanisterCounts {
    let counts = this.#canisters.get(canisterId);
    if (counts === undefined) {
      counts = { updates: new Map(), queries: new Map(), readStates: 0 };
      this.#canisters.set(canisterId, counts);
    }
    return counts;
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sum(counts: ReadonlyMap<string, number>): number {
  return total([...counts.values()]);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((first, second) => first + second, 0);
}
