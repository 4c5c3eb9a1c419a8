// Generated from wit/0.2.0/sync-plugin.wit by scripts/generate.mjs.
/** @module Interface icp:sync-plugin/types@0.2.0 **/
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
 * One declared directory, preopened read-only.
 */
export interface DirInput {
  /**
   * The name it was declared under.
   */
  key: string,
  /**
   * The path it is preopened at.
   */
  path: string,
}
/**
 * One declared file, read by the host before the run.
 */
export interface FileInput {
  /**
   * The name it was declared under.
   */
  key: string,
  /**
   * The path as declared.
   */
  name: string,
  /**
   * What the file holds; it must be UTF-8.
   */
  content: string,
}
/**
 * One named value that the step hands to the plugin, as text.
 */
export interface FieldInput {
  name: string,
  value: string,
}
/**
 * A canister of the environment and its id.
 */
export interface CanisterIdEntry {
  name: string,
  /**
   * A textual principal.
   */
  id: string,
}
/**
 * Which canister a request is for.
 */
export type CallTarget = CallTargetHost | CallTargetName;
/**
 * The canister being synced.
 */
export interface CallTargetHost {
  tag: 'host',
}
/**
 * Another one, which the step must list under `canisters`.
 */
export interface CallTargetName {
  tag: 'name',
  val: string,
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
   * The network's API address, normalised: `http://127.0.0.1:4943/`.
   */
  apiUrl: string,
  /**
   * The network's HTTP gateway, when it has one.
   */
  gatewayUrl?: string,
  /**
   * The declared directories, read through `wasi:filesystem`.
   */
  dirs: Array<DirInput>,
  /**
   * The declared files, inline.
   */
  files: Array<FileInput>,
  /**
   * The step's named values.
   */
  fields: Array<FieldInput>,
  /**
   * The principal that signs the run's calls, in text.
   */
  identityPrincipal: string,
  /**
   * The proxy canister, in text, when one is configured.
   */
  proxyCanisterId?: string,
  /**
   * Every canister that has an id in the environment, by name, sorted.
   * Being listed here grants nothing.
   */
  canisterIds: Array<CanisterIdEntry>,
}
/**
 * A call of one method of a granted canister.
 */
export interface CanisterCallRequest {
  /**
   * Which canister.
   */
  target: CallTarget,
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
/**
 * A read of one metadata section of a granted canister's module.
 */
export interface MetadataSectionRequest {
  /**
   * Which canister.
   */
  target: CallTarget,
  /**
   * The section's name, without its `icp:public` or `icp:private` prefix.
   */
  name: string,
  /**
   * As for a call: `false` reads through the proxy where one is configured.
   */
  direct: boolean,
}
