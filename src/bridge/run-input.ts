// What a run is given, whatever interface version its plugin speaks. The worker's adapters turn this into
// the records of wit/; everything in it is plain data and crosses threads as it is.

/** A directory the plugin may read. It is opened by walking `path` down from `root` without following links. */
export interface DirectoryGrant {
  /** The name it was declared under (0.2); empty for 0.1. */
  readonly key: string;
  /** Where the plugin sees it: the path as declared, such as `assets`. */
  readonly guestPath: string;
  /** An absolute host directory that the user trusts: the project or canister folder. */
  readonly root: string;
  /** The directory below `root`, relative, without `..`. */
  readonly path: string;
}

/** A file handed to the plugin inline. */
export interface FileInput {
  /** The name it was declared under (0.2); empty for 0.1. */
  readonly key: string;
  /** The path as declared. */
  readonly name: string;
  readonly content: string;
}

export interface FieldInput {
  readonly name: string;
  readonly value: string;
}

export interface CanisterIdEntry {
  readonly name: string;
  readonly id: string;
}

/** The input of one run: one plugin against one canister. */
export interface RunInput {
  /** The canister being synced, as a textual principal. */
  readonly canisterId: string;
  /** The environment's name. */
  readonly environment: string;
  /** The principal that signs the run's calls, in text. */
  readonly identityPrincipal: string;
  /** The proxy canister, in text. */
  readonly proxyCanisterId?: string;
  readonly directories?: readonly DirectoryGrant[];
  readonly files?: readonly FileInput[];
  /** The network's API address as a normalised URL (0.2). */
  readonly apiUrl?: string;
  /** The network's HTTP gateway (0.2). */
  readonly gatewayUrl?: string;
  /** Named values (0.2). */
  readonly fields?: readonly FieldInput[];
  /** Every canister of the environment that has an id, sorted by name (0.2). Grants nothing. */
  readonly canisterIds?: readonly CanisterIdEntry[];
}
