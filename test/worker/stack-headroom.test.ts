// The probe that host code relies on: it must refuse while there is still stack, also once it has been optimised.

import { expect, test } from 'vitest';
import { HEADROOM_BYTES, stackProbe } from '#src/worker/stack-headroom.js';

const probe = stackProbe();

/** How deep a recursion gets: to where the probe refuses, and to the end of the stack. */
function depths(): { refused: number; end: number } {
  let refused = 0;
  let end = 0;
  const deeper = (depth: number): void => {
    end = depth;
    if (refused === 0) {
      try {
        probe();
      } catch {
        refused = depth;
      }
    }
    deeper(depth + 1);
  };
  expect(() => deeper(1)).toThrow(RangeError);
  return { refused, end };
}

test.each(['as first compiled', 'once optimised'])('it leaves as much stack as it says, %s', () => {
  const { refused, end } = depths();
  // Node's main thread has 984 KiB.
  const bytesPerFrame = (984 * 1024) / end;
  expect(refused).toBeGreaterThan(1);
  expect((end - refused) * bytesPerFrame).toBeGreaterThan(HEADROOM_BYTES * 0.8);
  expect((end - refused) * bytesPerFrame).toBeLessThan(HEADROOM_BYTES * 1.5);
  for (let times = 0; times < 100_000; times++) probe();
});
