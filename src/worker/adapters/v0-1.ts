// icp:sync-plugin 0.1: one canister, plain lists of directories and files.

import type { CanisterCallRequest, SyncExecInput } from '../../bridge/interface/generated/v0-1.js';
import type { Adapter } from './adapter.js';

export const adapter0_1: Adapter = {
  toExecInput: (input): SyncExecInput => ({
    canisterId: input.canisterId,
    environment: input.environment,
    dirs: (input.directories ?? []).map(({ guestPath }) => guestPath),
    files: (input.files ?? []).map(({ name, content }) => ({ name, content })),
    identityPrincipal: input.identityPrincipal,
    ...(input.proxyCanisterId === undefined ? {} : { proxyCanisterId: input.proxyCanisterId }),
  }),

  imports: (calls) => ({
    'canister-call': (request: CanisterCallRequest) =>
      calls.canisterCall({ target: { tag: 'host' }, ...request }),
  }),
};
