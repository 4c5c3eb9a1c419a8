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
  readonly modules: ReadonlyMap<string, CoreModule>;
}

/** A core module, rewritten so that what it would grow by is asked for first. */
export interface CoreModule {
  readonly module: WebAssembly.Module;
  readonly claims: ModuleClaims;
}

/** What instantiating a core module takes at once: what it defines, not what it imports. */
export interface ModuleClaims {
  readonly memories: number;
  readonly memoryPages: number;
  readonly tables: number;
  readonly tableElements: number;
}

/** The limits that a worker keeps by itself. Bytes unless named otherwise. */
export interface WorkerLimits {
  readonly outputBytes: number;
  readonly argumentBytes: number;
  readonly handles: number;
  readonly allocationBytes: number;
  /** Linear memory, all memories of the component together. */
  readonly memoryBytes: number;
  /** All tables of the component together. */
  readonly tableElements: number;
}

/** What a pool thread is started with. */
export interface ThreadStart {
  /** A function of `exports` and `require`, which makes what the thread does. */
  readonly script: string;
  /** The file that it is from. */
  readonly filename: string;
  /** What the engine compiled of it before. The thread's own copy. */
  readonly code?: Uint8Array;
}

/** Main to worker: do this run. */
export interface RunTask {
  readonly plugin: PluginCode;
  /** What the engine compiled of its glue before. The thread's own copy. */
  readonly compiledGlue?: Uint8Array;
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

/** Worker to main: how the run ended. `error` is absent when `exec` returned ok. What it took is in the control block. */
export interface RunOutcome {
  readonly error?: WireError;
}
