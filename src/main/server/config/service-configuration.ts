// What the service is to be: the configuration with everything checked and every default filled in.

import type { RunLimits } from '../../pool/limits.js';
import type { SourcePosition } from '../../project/manifest-document.js';
import type { RootKeySource } from '../../project/project-model.js';
import type { HostName } from '../access/host-name.js';
import type { RetentionRule } from '../store/retention.js';
import type { LOG_LEVELS } from './configuration-schema.js';

/** Who signs: a key in a PEM file, an identity of icp-cli, or nobody. */
export type ConfiguredIdentity = { readonly position: SourcePosition } & (
  | { readonly kind: 'pem'; readonly pemFile: string; readonly passwordFile?: string }
  | { readonly kind: 'icp-cli'; readonly icpCliName: string; readonly passwordFile?: string }
  | { readonly kind: 'anonymous' }
);

/** A network that runs can be on. */
export interface ConfiguredNetwork {
  /** Normalised. */
  readonly url: string;
  readonly rootKey: RootKeySource;
  /** Normalised. */
  readonly gatewayUrl?: string;
}

/** The least that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A configuration. All paths are absolute. */
export interface ServiceConfiguration {
  /** The file it is from, absolute. */
  readonly file: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Accepted in the Host header besides loopback. */
  readonly hosts: readonly HostName[];
  /** Accepted in the Origin header besides the service's own; in the form browsers send. */
  readonly origins: readonly string[];
  readonly dataFolder: string;
  /** The file of the store, in the data folder. */
  readonly storeFile: string;
  /** Where translations are kept; undefined when they are not. */
  readonly cacheFolder: string | undefined;
  /** Runs at once. */
  readonly concurrency: number;
  /** What a run has unless it asks for less, and the most it can ask for. */
  readonly limits: RunLimits;
  readonly uploads: {
    readonly pluginBytes: number;
    readonly bundleBytes: number;
    readonly unpackedBytes: number;
    readonly bundleEntries: number;
    readonly totalBytes: number;
  };
  readonly requests: {
    /** Of one token. */
    readonly perMinute: number;
    readonly bodyBytes: number;
    readonly timeoutMs: number;
    readonly eventStreams: number;
  };
  readonly retention: Required<RetentionRule>;
  readonly shutdown: { readonly deadlineMs: number };
  readonly log: { readonly level: LogLevel };
  readonly identities: ReadonlyMap<string, ConfiguredIdentity>;
  readonly networks: ReadonlyMap<string, ConfiguredNetwork>;
  /** Lists of principals in text. */
  readonly canisters: ReadonlyMap<string, ReadonlySet<string>>;
}
