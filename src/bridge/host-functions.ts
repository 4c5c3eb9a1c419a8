// The functions a run may call on the main thread. Main exposes an object of this type with comlink; the
// worker calls it through the blocking client. Every value is plain data; byte arrays are transferred.

/** Which canister a request is for: the one being synced, or one that the step names. */
export type CallTarget = { readonly tag: 'host' } | { readonly tag: 'name'; readonly val: string };

export interface CanisterCallRequest {
  readonly target: CallTarget;
  readonly method: string;
  /** Candid bytes. */
  readonly arg: Uint8Array;
  readonly callType: 'update' | 'query';
  readonly direct: boolean;
  /** An unsigned 64-bit amount. */
  readonly cycles: bigint;
}

export interface MetadataSectionRequest {
  readonly target: CallTarget;
  readonly name: string;
  readonly direct: boolean;
}

/** A component-model result, as the plugin will see it. `err` holds the exact text. */
export type HostResult<Value> =
  | { readonly tag: 'ok'; readonly val: Value }
  | { readonly tag: 'err'; readonly val: string };

/** What a host function is told beside its request. */
export interface HostCallContext {
  /** Aborts when the run has ended: by itself, its limits, or its caller. */
  readonly signal: AbortSignal;
}

/**
 * The host functions of one run, bound to its canister and grants before the run starts. They resolve
 * with a {@link HostResult}; a rejection is a defect and ends the run.
 */
export interface HostFunctions {
  canisterCall(request: CanisterCallRequest, context: HostCallContext): Promise<HostResult<Uint8Array>>;
  canisterMetadataSection(
    request: MetadataSectionRequest,
    context: HostCallContext,
  ): Promise<HostResult<Uint8Array | undefined>>;
}
