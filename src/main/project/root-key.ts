// Root keys as clients of a network take them.

import type { RootKeySource } from './project-model.js';

/** The key in DER; or whose it is; or that it is to be fetched. */
export function clientRootKey(source: RootKeySource): 'mainnet' | 'fetch' | Uint8Array {
  return source.kind === 'pinned' ? Buffer.from(source.hex, 'hex') : source.kind;
}
