// What a project of icp-cli is, once read: the canisters, networks and environments that its manifest declares,
// checked and with every default filled in. Plain, immutable data; reading it is load-project.ts's part.

import type { SourcePosition } from './manifest-document.js';
import type { RecipeConfiguration } from './recipe/recipe-value.js';

/** A project, with those it depends on. */
export interface Project {
  /** Absolute path of the folder that holds icp.yaml. */
  readonly root: string;
  /**
   * By name, in the order declared. Those of a dependency follow, named `<folder of the dependency, from here>:<name
   * there>`, such as `vendor/mail:inbox`.
   */
  readonly canisters: ReadonlyMap<string, Canister>;
  /** By name; `ic` and `local` always exist. */
  readonly networks: ReadonlyMap<string, Network>;
  /** By name; `ic` and `local` always exist. */
  readonly environments: ReadonlyMap<string, Environment>;
  /** What is odd in its manifests and no error, each with its place. */
  readonly warnings: readonly string[];
}

/** A canister as declared. */
export interface Canister {
  readonly name: string;
  /** Absolute path; what its steps' paths are relative to. */
  readonly folder: string;
  /** How it is synced, in order; or that a recipe says so. */
  readonly sync: CanisterSync;
  /** The names of the canisters that its own manifest declares, itself included, by the names they have there. */
  readonly siblings: ReadonlyMap<string, string>;
  readonly position: SourcePosition;
}

export type CanisterSync =
  | { readonly kind: 'steps'; readonly steps: readonly SyncStep[] }
  /** The steps come out of a recipe, which has not been looked at yet. */
  | { readonly kind: 'recipe'; readonly recipe: RecipeReference };

/** A recipe, as a canister asks for it. */
export interface RecipeReference {
  /** `file://…`, `https://…` or `@registry/name@version`. */
  readonly type: string;
  /** 64 lower-case hex characters. */
  readonly sha256?: string;
  /** What its template is filled with. */
  readonly configuration: RecipeConfiguration;
  readonly position: SourcePosition;
}

export type SyncStep = PluginStep | ScriptStep;

/** A step that runs a plugin. */
export interface PluginStep {
  readonly type: 'plugin';
  readonly source: PluginLocation;
  /** 64 lower-case hex characters. */
  readonly sha256?: string;
  /** `files:`, which 0.1 takes as a list and 0.2 as a map. */
  readonly files?: DeclaredPaths;
  /** `dirs:`, which only 0.1 takes. */
  readonly directories?: DeclaredPaths;
  /** Sorted by name (0.2). */
  readonly fields: readonly DeclaredField[];
  /** Names of canisters that may be called beside its own (0.2). */
  readonly canisters: readonly DeclaredName[];
  readonly position: SourcePosition;
}

/** Where a step's plugin comes from. */
export type PluginLocation =
  /** Relative to the canister's folder. */
  { readonly kind: 'path'; readonly path: string } | { readonly kind: 'url'; readonly url: string };

/** Paths that a step grants; which form is right depends on the plugin's interface version. */
export type DeclaredPaths =
  | { readonly form: 'list'; readonly paths: readonly DeclaredPath[] }
  | { readonly form: 'map'; readonly paths: readonly (DeclaredPath & { readonly key: string })[] };

export interface DeclaredPath {
  /** As written. */
  readonly path: string;
  readonly position: SourcePosition;
}

export interface DeclaredField {
  readonly name: string;
  readonly value: string;
}

export interface DeclaredName {
  readonly name: string;
  readonly position: SourcePosition;
}

/** A step that runs shell commands. */
export interface ScriptStep {
  readonly type: 'script';
  readonly commands: readonly string[];
  readonly position: SourcePosition;
}

export type Network = ConnectedNetwork | ManagedNetwork;

/** A network that is reached by its address. */
export interface ConnectedNetwork {
  readonly mode: 'connected';
  readonly name: string;
  /** Normalised, such as `http://127.0.0.1:4943/`. */
  readonly apiUrl: string;
  readonly gatewayUrl?: string;
  readonly rootKey: RootKeySource;
}

/** A network that icp-cli starts and stops. Where it runs, if it does, is told by running-network.ts. */
export interface ManagedNetwork {
  readonly mode: 'managed';
  readonly name: string;
}

/** Where a network's root key comes from. */
export type RootKeySource =
  | { readonly kind: 'mainnet' }
  /** From the network itself, unverified. */
  | { readonly kind: 'fetch' }
  /** DER, as hex. */
  | { readonly kind: 'pinned'; readonly hex: string };

/** A set of canisters on a network. */
export interface Environment {
  readonly name: string;
  /** A network of the project. */
  readonly network: string;
  /** Names of canisters of the project, in its order. */
  readonly canisters: readonly string[];
  /** The manifests of dependencies that do not declare it, though they must. */
  readonly undeclaredIn: readonly string[];
}
