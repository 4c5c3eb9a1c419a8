// What stands between a worker's messages and the host functions: requests are checked, counted and bounded
// here, and nothing a host function throws goes back to the worker.

import { describe, SandpoolError } from '../../bridge/errors.js';
import { movingBytes } from '../../bridge/host-endpoint.js';
import { HOST_REQUESTS, type HostFunctions, type HostResult } from '../../bridge/host-functions.js';
import type { RunLimits } from './limits.js';

/** The host functions as the worker may call them: one argument, not yet checked. */
export type GatedHost = {
  readonly [Name in keyof HostFunctions]: (request: unknown) => Promise<HostResult<unknown>>;
};

/** The names a worker may call. */
export const HOST_METHODS = Object.keys(HOST_REQUESTS) as (keyof HostFunctions)[];

/** What a run's calls have come to. */
export interface HostTraffic {
  hostCalls: number;
  bytesSent: number;
  bytesReceived: number;
}

/** What the gate needs of its run. */
export interface HostGateOptions {
  readonly host: HostFunctions;
  readonly limits: Pick<RunLimits, 'hostCalls' | 'replyBytes'>;
  /** Aborts when the run is over. */
  readonly signal: AbortSignal;
  readonly traffic: HostTraffic;
  /** Called when a host function begins; what it gives back is called when it, or the run, is over. */
  readonly onWait: () => () => void;
  /** Ends the run. */
  readonly end: (error: SandpoolError) => void;
}

/** Puts the gate in front of `host`. */
export function gateHost(options: HostGateOptions): GatedHost {
  const gated = HOST_METHODS.map(
    (name) => [name, (request: unknown) => admit(options, name, request)] as const,
  );
  return Object.fromEntries(gated) as unknown as GatedHost;
}

async function admit(
  { host, limits, signal, traffic, onWait, end }: HostGateOptions,
  name: keyof HostFunctions,
  request: unknown,
): Promise<HostResult<unknown>> {
  traffic.hostCalls += 1;
  if (traffic.hostCalls > limits.hostCalls) {
    end(new SandpoolError('HOST_CALL_LIMIT_EXCEEDED', { limit: limits.hostCalls }));
    return REFUSED;
  }
  const waitIsOver = onWait();
  // A host function may ignore that the run has ended.
  signal.addEventListener('abort', waitIsOver);
  try {
    const checked = HOST_REQUESTS[name](request);
    traffic.bytesSent += byteLengthOf(checked);
    const call = host[name] as (
      request: unknown,
      context: { signal: AbortSignal },
    ) => Promise<HostResult<unknown>>;
    const result = await call.call(host, checked, { signal });
    traffic.bytesReceived += byteLengthOf(result);
    return bounded(result, limits.replyBytes);
  } catch (error) {
    end(
      new SandpoolError(
        'INTERNAL',
        { reason: `the host function ${name} failed: ${describe(error)}` },
        { cause: error },
      ),
    );
    return REFUSED;
  } finally {
    signal.removeEventListener('abort', waitIsOver);
    waitIsOver();
  }
}

/** Never seen by a guest: its run has been ended. */
const REFUSED: HostResult<never> = { tag: 'err', val: 'the run has been ended' };

function bounded(result: HostResult<unknown>, replyBytes: number): HostResult<unknown> {
  const bytes = byteLengthOf(result);
  if (bytes <= replyBytes) return movingBytes(result);
  return {
    tag: 'err',
    val: `canister call failed: the reply has ${bytes} bytes, over the limit of ${replyBytes}`,
  };
}

function byteLengthOf(message: object): number {
  let bytes = 0;
  for (const value of Object.values(message)) if (value instanceof Uint8Array) bytes += value.byteLength;
  return bytes;
}
