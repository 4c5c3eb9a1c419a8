// What an adapter is: the piece between the version-agnostic run and one version of the plugin interface.
// A further version is one more file beside this one, and a line in `adapters.ts`.

import type { BlockingRemote } from '../../bridge/blocking-remote.js';
import type { HostFunctions, HostResult } from '../../bridge/host-functions.js';
import type { RunInput } from '../../bridge/run-input.js';

/** The host functions as the worker sees them: without the context that main adds. */
export type RemoteHost = BlockingRemote<{
  [Name in keyof HostFunctions]: (
    request: Parameters<HostFunctions[Name]>[0],
  ) => ReturnType<HostFunctions[Name]>;
}>;

/** Calls into the host on behalf of the guest, with the run's limits kept. */
export interface HostCalls {
  readonly canisterCall: (request: Parameters<HostFunctions['canisterCall']>[0]) => HostResult<Uint8Array>;
  readonly canisterMetadataSection: (
    request: Parameters<HostFunctions['canisterMetadataSection']>[0],
  ) => HostResult<Uint8Array | undefined>;
}

/** One version of the plugin interface. */
export interface Adapter {
  /** The record that `exec` takes. */
  toExecInput(input: RunInput): unknown;
  /** The imports of world level, by the name the glue asks for. */
  imports(calls: HostCalls): Readonly<Record<string, (request: never) => HostResult<unknown>>>;
}
