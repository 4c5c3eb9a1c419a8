// What goes into a run beside its plugin and input, and what comes out.

import type { SandpoolError } from '../../bridge/errors.js';
import type { HostFunctions } from '../../bridge/host-functions.js';
import type { OutputStream } from '../../bridge/messages.js';
import type { RunLimits } from './limits.js';

/** What happens in a run, in order. */
export type RunEvent =
  /** It has left the queue and its thread has begun it. `usage()` tells at any time what it has used so far. */
  | { readonly type: 'started'; readonly usage: () => RunUsage }
  /** A line the guest printed: cleaned of control sequences, without its newline. */
  | { readonly type: 'output'; readonly stream: OutputStream; readonly line: string };

/** How a run is to be done. */
export interface RunOptions {
  /** The functions this run may call, already bound to its canister and grants. */
  readonly host: HostFunctions;
  /** Ends the run, or takes it out of the queue. */
  readonly signal?: AbortSignal;
  /** Over the pool's own. */
  readonly limits?: Partial<RunLimits>;
  /**
   * Runs with the same key go one after another, in the order they were asked for.
   * @default the canister's ID
   */
  readonly orderKey?: string;
  /**
   * On whose behalf: callers take turns when runs wait for a thread.
   * @default all the same
   */
  readonly caller?: string;
  readonly onEvent?: (event: RunEvent) => void;
}

/** Which clock `computeMs` was read from. */
export type ComputeClockKind =
  /** The thread's CPU time (resolution about 4 ms), plus time the guest asked to sleep. */
  | 'thread-cpu'
  /** Time outside host calls, where the platform has no CPU clock for threads. */
  | 'elapsed';

/** What a run took. */
export interface RunStatistics {
  /** From the call of `run()` to the start on a thread, in milliseconds. */
  readonly queuedMs: number;
  /** Charged against the compute budget, in milliseconds. */
  readonly computeMs: number;
  /** Inside host calls, in milliseconds. */
  readonly waitingMs: number;
  /** Asleep at the guest's own request, in milliseconds; part of `computeMs`. */
  readonly sleepingMs: number;
  /** From the start on a thread to the end, in milliseconds. */
  readonly wallMs: number;
  readonly hostCalls: number;
  /** Bytes of all arguments together. */
  readonly bytesSent: number;
  /** Bytes of all replies together. */
  readonly bytesReceived: number;
  /** Linear memory at its largest; for a run that was ended, as of its last host call. */
  readonly peakMemoryBytes: number;
  readonly clock: ComputeClockKind;
}

/** What a run that goes on has used so far. */
export interface RunUsage
  extends Pick<RunStatistics, 'computeMs' | 'waitingMs' | 'sleepingMs' | 'wallMs' | 'hostCalls'> {
  /** Linear memory, as of its last host call. */
  readonly memoryBytes: number;
}

/** How a run ended. */
export type RunResult =
  | { readonly ok: true; readonly statistics: RunStatistics }
  | { readonly ok: false; readonly error: SandpoolError; readonly statistics: RunStatistics };
