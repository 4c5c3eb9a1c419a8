// The library: what `import ... from 'sandpool'` gives.

export {
  ERRORS,
  type ErrorCode,
  type ErrorDetails,
  type ErrorKind,
  SandpoolError,
} from '../bridge/errors.js';
export type {
  CallTarget,
  CanisterCallRequest,
  HostCallContext,
  HostFunctions,
  HostResult,
  MetadataSectionRequest,
} from '../bridge/host-functions.js';
export type { InterfaceVersion } from '../bridge/messages.js';
export type {
  CanisterIdEntry,
  DirectoryGrant,
  FieldInput,
  FileInput,
  RunInput,
} from '../bridge/run-input.js';
export {
  type AgentLike,
  type BoundHost,
  type BoundHostOptions,
  bindHostFunctions,
  CallFailure,
  type CanisterClient,
  type CanisterClientOptions,
  createCanisterClient,
  fromAgent,
  type UpdateRecord,
} from './canister/index.js';
export { defaultCacheFolder } from './component/cache/cache-folder.js';
export type { PluginSource, PreparedPlugin } from './component/prepared-plugin.js';
export {
  type IdentitySource,
  loadIdentity,
  type PasswordRequest,
  type PasswordSource,
  type PemFileSource,
  type StoredIdentitySource,
} from './identity/index.js';
export { DEFAULT_LIMITS, type RunLimits } from './pool/limits.js';
export type { PoolLogger, PoolOptions } from './pool/pool-options.js';
export type {
  ComputeClockKind,
  RunEvent,
  RunOptions,
  RunResult,
  RunStatistics,
  RunUsage,
} from './pool/run-types.js';
export { type CloseOptions, type PoolStatistics, SandboxPool } from './pool/sandbox-pool.js';
export { type Deployment, readDeployment } from './project/deployment.js';
export { loadProject } from './project/load-project.js';
export { findProjectRoot } from './project/project-root.js';
export { planSync, type SyncPlan, type SyncRequest } from './sync/plan.js';
export { runSync, type SyncOptions } from './sync/run-sync.js';
export type { SyncEvent } from './sync/sync-events.js';
export type { CanisterReport, StepReport, SyncReport } from './sync/sync-report.js';
