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
 * with a {@link HostResult}; a rejection is a defect and ends the run. Bytes that are 64 KiB or more and have a
 * buffer to themselves are moved to the run, so whoever gave them has them no longer.
 */
export interface HostFunctions {
  canisterCall(request: CanisterCallRequest, context: HostCallContext): Promise<HostResult<Uint8Array>>;
  canisterMetadataSection(
    request: MetadataSectionRequest,
    context: HostCallContext,
  ): Promise<HostResult<Uint8Array | undefined>>;
}

/** Checks a request as it came from a worker; throws a `TypeError` when it is not one. */
type RequestParser<Name extends keyof HostFunctions> = (value: unknown) => Parameters<HostFunctions[Name]>[0];

/**
 * Every host function and the check of its request. A worker may call these and nothing else; a further host
 * function is one more line here, its method in {@link HostFunctions}, and its place in an adapter.
 */
export const HOST_REQUESTS: { readonly [Name in keyof HostFunctions]: RequestParser<Name> } = {
  canisterCall: (value) => {
    const { target, method, arg, callType, direct, cycles } = record(value);
    if (callType !== 'update' && callType !== 'query') throw new TypeError('call-type');
    if (typeof cycles !== 'bigint' || cycles < 0n || cycles > 0xffff_ffff_ffff_ffffn)
      throw new TypeError('cycles');
    if (!(arg instanceof Uint8Array)) throw new TypeError('arg');
    return { target: parseTarget(target), method: text(method), arg, callType, direct: flag(direct), cycles };
  },
  canisterMetadataSection: (value) => {
    const { target, name, direct } = record(value);
    return { target: parseTarget(target), name: text(name), direct: flag(direct) };
  },
};

function parseTarget(value: unknown): CallTarget {
  const { tag, val } = record(value);
  if (tag === 'host') return { tag };
  if (tag === 'name') return { tag, val: text(val) };
  throw new TypeError('target');
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new TypeError('a record');
  return value as Record<string, unknown>;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a string');
  return value;
}

function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new TypeError('a boolean');
  return value;
}
