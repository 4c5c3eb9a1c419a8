// Generated from wit/0.1.0/sync-plugin.wit by scripts/generate.mjs.
/** @module Interface icp:sync-plugin/types@0.1.0 **/
/**
 * How a canister method is called: through consensus, or answered by one node.
 * # Variants
 * 
 * ## `"update"`
 * 
 * ## `"query"`
 */
export type CallType = 'update' | 'query';
/**
 * One file that the step declares, read by the host before the run.
 */
export interface FileInput {
  /**
   * The path as declared, relative to the canister's folder.
   */
  name: string,
  /**
   * What the file holds; it must be UTF-8.
   */
  content: string,
}
/**
 * What a run is told.
 */
export interface SyncExecInput {
  /**
   * The canister being synced, as a textual principal.
   */
  canisterId: string,
  /**
   * The environment's name, such as `local` or `production`.
   */
  environment: string,
  /**
   * The declared directories. Each is preopened read-only under this
   * very path, to be read through `wasi:filesystem`.
   */
  dirs: Array<string>,
  /**
   * The declared files, inline.
   */
  files: Array<FileInput>,
  /**
   * The principal that signs the run's calls, in text.
   */
  identityPrincipal: string,
  /**
   * The proxy canister, in text, when one is configured.
   */
  proxyCanisterId?: string,
}
/**
 * A call of one method of the canister being synced.
 */
export interface CanisterCallRequest {
  /**
   * The method's name.
   */
  method: string,
  /**
   * Candid bytes, forwarded unchanged.
   */
  arg: Uint8Array,
  /**
   * Update or query.
   */
  callType: CallType,
  /**
   * `true` goes to the canister itself even where a proxy is
   * configured; `false` sends updates through the proxy. Queries never
   * pass through the proxy.
   */
  direct: boolean,
  /**
   * Cycles to attach. They count for updates through a proxy only.
   */
  cycles: bigint,
}
