// Host functions and inputs for tests of the pool: the pool's own edge, so no network stands behind them.

import type { HostFunctions, HostResult } from '#src/bridge/host-functions.js';
import type { RunInput } from '#src/bridge/run-input.js';

type CanisterCall = HostFunctions['canisterCall'];

/** Answers every call with `reply`. */
export function hostAnswering(reply: Uint8Array = new Uint8Array([1, 2, 3])): HostFunctions {
  return hostCalling(async () => ({ tag: 'ok', val: reply.slice() }));
}

/** Answers calls with `canisterCall`, and knows no metadata. */
export function hostCalling(canisterCall: CanisterCall): HostFunctions {
  return {
    canisterCall,
    canisterMetadataSection: async (): Promise<HostResult<undefined>> => ({ tag: 'ok', val: undefined }),
  };
}

/** An input for the canister of that number. */
export function inputFor(canister: number | string = 0): RunInput {
  return { canisterId: `canister-${canister}`, environment: 'local', identityPrincipal: '2vxsx-fae' };
}
