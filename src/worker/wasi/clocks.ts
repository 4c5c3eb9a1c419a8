// wasi:clocks: a monotonic clock that starts with the run, and the time of day.

import type * as monotonic from '@bytecodealliance/preview2-shim/interfaces/wasi-clocks-monotonic-clock';
import type * as wall from '@bytecodealliance/preview2-shim/interfaces/wasi-clocks-wall-clock';
import type { WasiContext } from './context.js';
import type { StreamClasses } from './input-stream.js';
import type { Hosted } from './result.js';

const NANOSECONDS_PER_MILLISECOND = 1_000_000;

function datetime(milliseconds: number): wall.Datetime {
  return {
    seconds: BigInt(Math.floor(milliseconds / 1000)),
    nanoseconds: (milliseconds % 1000) * NANOSECONDS_PER_MILLISECOND,
  };
}

/** The functions of `wasi:clocks/monotonic-clock`. An instant too far to reach is never reached, not an error. */
export function createMonotonicClock(
  context: WasiContext,
  { Pollable }: Pick<StreamClasses, 'Pollable'>,
): Hosted<typeof monotonic> {
  return {
    now: () => context.nowNs(),
    resolution: () => 1n,
    subscribeInstant: (when) => new Pollable(context, when),
    subscribeDuration: (duration) => new Pollable(context, context.nowNs() + duration),
  };
}

/** The functions of `wasi:clocks/wall-clock`. */
export function createWallClock(): Hosted<typeof wall> {
  return {
    now: () => datetime(Date.now()),
    resolution: () => datetime(1),
  };
}
