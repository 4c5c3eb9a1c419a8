// Frames and time as the browser gives them.

import type { FrameClock } from './frame-queue.js';

/** A hidden page gets no frames; its queue must move on all the same, or the service would see a stalled reader. */
const HIDDEN_DELAY_MS = 500;

/** Frames of this window. */
export const browserClock: FrameClock = {
  nowMs: () => performance.now(),
  request: (callback) => {
    let called = false;
    const once = (): void => {
      if (called) return;
      called = true;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      callback();
    };
    const frame = requestAnimationFrame(once);
    const timer = setTimeout(once, HIDDEN_DELAY_MS);
  },
};
