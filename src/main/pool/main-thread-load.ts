// Whether this thread has much to do.

/** Of this thread's time, from 0 to 1. */
const HIGH_UTILIZATION = 0.5;
/** A shorter time says nothing: whoever looks is at work. */
const WINDOW_MS = 10;

/** Looks at the event loop when asked, and remembers what it saw. */
export class MainThreadLoad {
  #at = performance.now();
  #before = performance.eventLoopUtilization();
  #isHigh = true;

  /** Whether the thread has been at work for most of the time since the last look that was long enough ago. */
  isHigh(): boolean {
    const now = performance.now();
    if (now - this.#at >= WINDOW_MS) {
      const seen = performance.eventLoopUtilization();
      this.#isHigh = performance.eventLoopUtilization(seen, this.#before).utilization > HIGH_UTILIZATION;
      this.#at = now;
      this.#before = seen;
    }
    return this.#isHigh;
  }
}
