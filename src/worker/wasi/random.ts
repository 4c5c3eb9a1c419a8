// wasi:random: good random numbers for all three interfaces, in bounded amounts.

import type * as insecure from '@bytecodealliance/preview2-shim/interfaces/wasi-random-insecure';
import type * as insecureSeed from '@bytecodealliance/preview2-shim/interfaces/wasi-random-insecure-seed';
import type * as random from '@bytecodealliance/preview2-shim/interfaces/wasi-random-random';
import { random as source } from '@bytecodealliance/preview2-shim/random';
import type { WasiContext } from './context.js';
import type { Hosted } from './result.js';

function bytes(context: WasiContext, length: bigint): Uint8Array {
  const { allocationBytes } = context.host.limits;
  if (length > BigInt(allocationBytes)) {
    return context.trap(`${length} random bytes asked for at once, over the limit of ${allocationBytes}`);
  }
  return source.getRandomBytes(length);
}

/** The functions of `wasi:random/random`. */
export function createRandom(context: WasiContext): Hosted<typeof random> {
  return {
    getRandomBytes: (length) => bytes(context, length),
    getRandomU64: () => source.getRandomU64(),
  };
}

/** The functions of `wasi:random/insecure`. */
export function createInsecure(context: WasiContext): Hosted<typeof insecure> {
  return {
    getInsecureRandomBytes: (length) => bytes(context, length),
    getInsecureRandomU64: () => source.getRandomU64(),
  };
}

/** The function of `wasi:random/insecure-seed`: one value for the run, and another for the next. */
export function createInsecureSeed(): Hosted<typeof insecureSeed> {
  let seed: [bigint, bigint] | undefined;
  return {
    insecureSeed() {
      seed ??= [source.getRandomU64(), source.getRandomU64()];
      return seed;
    },
  };
}
