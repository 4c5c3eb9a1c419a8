// Everything that crosses between the main thread and a worker, except the host calls themselves, which use
// comlink's wire format (see blocking-remote.ts). Only bytes, compiled modules and plain data cross.

import type { MessagePort } from 'node:worker_threads';
import type { WireError } from './errors.js';
import type { RunInput } from './run-input.js';

/** The interface versions that the host speaks, as the adapters are named. */
export type InterfaceVersion = '0.1' | '0.2';

/** A plugin as workers need it. */
export interface PluginCode {
  /** Lower-case hex; what a worker remembers the plugin by. */
  readonly sha256: string;
  readonly interfaceVersion: InterfaceVersion;
  /** The glue: UTF-8 JavaScript, an expression giving `{ instantiate }`. Shared, so that sending it costs nothing. */
  readonly glue: SharedArrayBuffer;
  /** The core modules by the names the glue asks for. */
  readonly modules: ReadonlyMap<string, WebAssembly.Module>;
}

/** The limits that a worker keeps by itself. Bytes unless named otherwise. */
export interface WorkerLimits {
  readonly outputBytes: number;
  readonly argumentBytes: number;
  readonly handles: number;
  readonly allocationBytes: number;
  /** Given back with a memory error; enforced where memory is declared. */
  readonly memoryBytes: number;
}

/** Main to worker: do this run. */
export interface RunTask {
  readonly plugin: PluginCode;
  readonly input: RunInput;
  readonly limits: WorkerLimits;
  readonly control: SharedArrayBuffer;
  /** For host calls, their replies, and {@link RunNotice}s. One run's only. */
  readonly port: MessagePort;
}

export type OutputStream = 'stdout' | 'stderr';

/** Lines that followed one another on one stream. */
export interface OutputLines {
  readonly stream: OutputStream;
  readonly lines: readonly string[];
}

/** Worker to main, with no reply. */
export type RunNotice =
  | { readonly type: 'STARTED' }
  | { readonly type: 'OUTPUT'; readonly output: readonly OutputLines[] };

/** What a worker measured of a run. */
export interface RunMeasure {
  /** Thread CPU time, or -1 where the platform has no such clock. */
  readonly cpuNanoseconds: bigint;
  readonly peakMemoryBytes: number;
}

/** Worker to main: how the run ended. `error` is absent when `exec` returned ok. */
export interface RunOutcome {
  readonly error?: WireError;
  readonly measure: RunMeasure;
}
