// How many runs end in a second, over the last ten.

const WINDOW_MS = 10_000;
const SLICE_MS = 250;

/** Counts endings by their time, in slices, so that it is as small for a million as for ten. */
export class EndingRate {
  /** The number of the slice → endings in it. */
  readonly #slices = new Map<number, number>();
  #firstMs: number | undefined;

  add(timeMs: number, count = 1): void {
    this.#firstMs = Math.min(this.#firstMs ?? timeMs, timeMs);
    const slice = Math.floor(timeMs / SLICE_MS);
    this.#slices.set(slice, (this.#slices.get(slice) ?? 0) + count);
  }

  /** Over the ten seconds before `nowMs`, or since the first ending where that is less, but never under a second. */
  perSecond(nowMs: number): number {
    if (this.#firstMs === undefined) return 0;
    const oldest = Math.floor((nowMs - WINDOW_MS) / SLICE_MS);
    let ended = 0;
    for (const [slice, count] of this.#slices) {
      if (slice <= oldest) this.#slices.delete(slice);
      else ended += count;
    }
    const spanMs = Math.min(WINDOW_MS, Math.max(1000, nowMs - this.#firstMs));
    return (1000 * ended) / spanMs;
  }
}
