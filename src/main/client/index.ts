// What `sandpool/client` exports. Nothing in here needs Node: a bundler for browsers can take it.

export { type ErrorCode, type ErrorDetails, type ErrorKind, SandpoolError } from '../../bridge/errors.js';
export {
  type ClientOptions,
  createClient,
  type ServiceClient,
  type UploadContent,
  type UploadOptions,
} from './client.js';
export type { Followed, FollowOptions } from './follow-events.js';
export type {
  AuditEntry,
  Batch,
  BatchRequest,
  Bundle,
  BundleContents,
  ErrorReport,
  Limits,
  Plugin,
  PluginInspection,
  Run,
  RunRequest,
  ServiceEvent,
  Session,
  Statistics,
  Totals,
  Update,
} from './generated/operations.js';
export type { Transport } from './service-address.js';
