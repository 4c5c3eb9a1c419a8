// What the worker uses of node:crypto, which takes a tenth of a thread's start to load and which many runs never need.
// In the bundle of the worker it stands in the place of node:crypto. To load it takes 48 KB of stack at most, and there
// is more than that whenever a guest has called its host.

import type * as NodeCrypto from 'node:crypto';

// Taken before the thread is locked down.
const { getBuiltinModule } = process;

let loaded: typeof NodeCrypto | undefined;

function onDemand<Name extends 'createHash' | 'randomBytes' | 'randomFillSync'>(
  name: Name,
): (typeof NodeCrypto)[Name] {
  const call = (...values: unknown[]): unknown => {
    loaded ??= getBuiltinModule('node:crypto');
    return (loaded[name] as (...values: unknown[]) => unknown)(...values);
  };
  return call as (typeof NodeCrypto)[Name];
}

export const createHash = onDemand('createHash');
export const randomBytes = onDemand('randomBytes');
export const randomFillSync = onDemand('randomFillSync');
