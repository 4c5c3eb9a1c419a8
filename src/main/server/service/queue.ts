// Which run goes next. Runs wait in the store, however many there are; here is only where they wait, how many are under
// way from there, and the few that could go next.

import type { QueueSource, Run } from '../store/index.js';

/** How a place in which runs wait is treated. */
export interface SourceSettings {
  /** Runs of it at once, at most. */
  readonly concurrency: number;
  /** Higher goes first; of runs outside a batch each has its own. */
  readonly priority?: number;
}

/** A place in which runs wait. */
interface Source extends QueueSource {
  readonly settings: SourceSettings;
  waiting: number;
  running: number;
  /** When one of it was taken last, counted in runs taken. */
  servedAt: number;
  /** The next ones, as far as they were read. */
  ahead: Run[];
}

/** Read ahead of what is started. */
const FEW_RUNS = 32;
/** Read when all of the few are for canisters that are busy. */
const MANY_RUNS = 1000;

/** Reads runs that wait in one place, the next first. */
export type QueueReader = (source: QueueSource, limit: number) => Run[];

/** The queue of a service: higher priority first; equal ones take turns, by token, then by batch. */
export class Queue {
  readonly #read: QueueReader;
  readonly #sources = new Map<string, Source>();
  readonly #runningOfToken = new Map<string, number>();
  readonly #busy = new Set<string>();
  #taken = 0;

  constructor(read: QueueReader) {
    this.#read = read;
  }

  /** How many runs wait. */
  get waiting(): number {
    let count = 0;
    for (const source of this.#sources.values()) count += source.waiting;
    return count;
  }

  /** Runs were added to a place. */
  add(place: QueueSource, count: number, settings: SourceSettings): void {
    const source = this.#sources.get(keyOf(place));
    if (source === undefined) {
      this.#sources.set(keyOf(place), {
        ...place,
        settings,
        waiting: count,
        running: 0,
        servedAt: 0,
        ahead: [],
      });
    } else {
      source.waiting += count;
      // What came may have a higher priority than what was read.
      source.ahead = [];
    }
  }

  /**
   * Runs were taken from a place by somebody else: they wait no more.
   * @returns whether the place is empty now, and nothing of it runs
   */
  remove(place: QueueSource, ids: ReadonlySet<string>): boolean {
    const source = this.#sources.get(keyOf(place));
    if (source === undefined) return false;
    source.waiting -= ids.size;
    source.ahead = source.ahead.filter(({ id }) => !ids.has(id));
    return this.#drop(source);
  }

  /** The run that goes next, which counts as running from now on; undefined while none may. */
  take(): Run | undefined {
    const candidates = [...this.#sources.values()].filter(
      ({ waiting, running, settings }) => waiting > 0 && running < settings.concurrency,
    );
    let best: { readonly source: Source; readonly run: Run } | undefined;
    for (const source of candidates) {
      const run = this.#next(source);
      if (run !== undefined && (best === undefined || this.#isBefore(source, run, best)))
        best = { source, run };
    }
    if (best === undefined) return undefined;
    const { source, run } = best;
    this.#taken += 1;
    source.servedAt = this.#taken;
    source.waiting -= 1;
    source.running += 1;
    source.ahead = source.ahead.filter((other) => other !== run);
    this.#runningOfToken.set(run.tokenId, (this.#runningOfToken.get(run.tokenId) ?? 0) + 1);
    this.#busy.add(canisterOf(run));
    return run;
  }

  /** A run that was taken has ended. @returns whether the place where it waited is empty now, and nothing of it runs */
  ended(run: Run): boolean {
    this.#busy.delete(canisterOf(run));
    const ofToken = (this.#runningOfToken.get(run.tokenId) ?? 1) - 1;
    if (ofToken === 0) this.#runningOfToken.delete(run.tokenId);
    else this.#runningOfToken.set(run.tokenId, ofToken);
    const source = this.#sources.get(keyOf(run));
    if (source === undefined) return false;
    source.running -= 1;
    return this.#drop(source);
  }

  #next(source: Source): Run | undefined {
    const isFree = (run: Run): boolean => !this.#busy.has(canisterOf(run));
    for (const limit of [FEW_RUNS, MANY_RUNS]) {
      const found = source.ahead.find(isFree);
      if (found !== undefined) return found;
      // Reading again what is known for the most part would find little that is new.
      if (source.ahead.length < Math.min(limit / 2, source.waiting)) source.ahead = this.#read(source, limit);
    }
    return source.ahead.find(isFree);
  }

  #isBefore(source: Source, run: Run, best: { readonly source: Source; readonly run: Run }): boolean {
    const priority = priorityOf(source, run) - priorityOf(best.source, best.run);
    if (priority !== 0) return priority > 0;
    const ofToken = (tokenId: string): number => this.#runningOfToken.get(tokenId) ?? 0;
    const running = ofToken(source.tokenId) - ofToken(best.source.tokenId);
    if (running !== 0) return running < 0;
    return source.servedAt < best.source.servedAt;
  }

  #drop(source: Source): boolean {
    if (source.waiting > 0 || source.running > 0) return false;
    this.#sources.delete(keyOf(source));
    return true;
  }
}

function priorityOf({ settings }: Source, run: Run): number {
  return settings.priority ?? run.priority;
}

function keyOf({ batchId, tokenId }: QueueSource): string {
  return batchId ?? `alone ${tokenId}`;
}

/** Runs of one canister go one after another. */
function canisterOf({ network, canisterId }: Run): string {
  return `${network} ${canisterId}`;
}
