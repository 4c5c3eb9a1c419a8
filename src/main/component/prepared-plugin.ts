// A plugin, ready to run: the outcome of finding, checking, translating and compiling it once.

import type { InterfaceVersion, PluginCode } from '../../bridge/messages.js';

/** Where a plugin comes from: exactly one of `path` and `bytes`. */
export interface PluginSource {
  /** A file on the host. */
  readonly path?: string;
  /** The component itself. */
  readonly bytes?: Uint8Array;
  /** What to call it in messages; the path, or "plugin", when absent. */
  readonly name?: string;
  /** 64 hex characters that the bytes must hash to, checked before anything else is done with them. */
  readonly sha256?: string;
}

/** A plugin that can be run, any number of times and at once. Immutable. */
export interface PreparedPlugin {
  readonly name: string;
  /** Lower-case hex of the component's bytes. */
  readonly sha256: string;
  /** The component's size. */
  readonly bytes: number;
  readonly interfaceVersion: InterfaceVersion;
  /** The version as declared, such as `0.1.0`. */
  readonly declaredVersion: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** Toolchains recorded in it, as `name version`. */
  readonly producers: readonly string[];
  /** For the pool's workers. */
  readonly code: PluginCode;
  /** What the engine compiled of the glue before. */
  readonly compiledGlue?: Uint8Array;
}
