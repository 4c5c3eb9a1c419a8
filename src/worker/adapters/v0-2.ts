// icp:sync-plugin 0.2: named targets, keyed directories and files, fields, metadata sections.

import type {
  CanisterCallRequest,
  MetadataSectionRequest,
  SyncExecInput,
} from '../../bridge/interface/generated/v0-2.js';
import type { Adapter } from './adapter.js';

export const adapter0_2: Adapter = {
  toExecInput: (input): SyncExecInput => ({
    canisterId: input.canisterId,
    environment: input.environment,
    apiUrl: input.apiUrl ?? '',
    ...(input.gatewayUrl === undefined ? {} : { gatewayUrl: input.gatewayUrl }),
    dirs: (input.directories ?? []).map(({ key, guestPath }) => ({ key, path: guestPath })),
    files: (input.files ?? []).map(({ key, name, content }) => ({ key, name, content })),
    fields: (input.fields ?? []).map(({ name, value }) => ({ name, value })),
    identityPrincipal: input.identityPrincipal,
    ...(input.proxyCanisterId === undefined ? {} : { proxyCanisterId: input.proxyCanisterId }),
    canisterIds: (input.canisterIds ?? []).map(({ name, id }) => ({ name, id })),
  }),

  imports: (calls) => ({
    'canister-call': (request: CanisterCallRequest) => calls.canisterCall(request),
    'canister-metadata-section': (request: MetadataSectionRequest) => calls.canisterMetadataSection(request),
  }),
};
