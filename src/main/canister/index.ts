// The public face of this folder.

export type { BlsVerify } from './bls.js';
export {
  CallFailure,
  type CallOptions,
  type CanisterCall,
  type CanisterClient,
  type Rejection,
  type UpdateFate,
  type UpdateOptions,
  type UpdateReply,
} from './client.js';
export {
  type CanisterClientOptions,
  CLIENT_DEFAULTS,
  type ClientOptions,
  createCanisterClient,
  fromAgent,
} from './create-client.js';
export type { AgentLike } from './foreign-agent.js';
export {
  type BoundHost,
  type BoundHostOptions,
  bindHostFunctions,
  type HostCallEndEvent,
  type HostCallEvent,
} from './host-functions.js';
export { MANAGEMENT_CANISTER_ID, parsePrincipal } from './principal.js';
export {
  type CanisterStatus,
  readCanisterStatus,
  readCanisterStatuses,
  type StatusOptions,
} from './status.js';
export type { UpdateRecord, UpdateState } from './update-ledger.js';
