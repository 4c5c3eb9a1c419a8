// What the WASI implementation needs from the run it belongs to. Everything here is synchronous: a run has
// its thread for itself.

/** Where the bytes of one output stream go. Never throws; what is over the cap is counted and dropped. */
export interface OutputSink {
  write(bytes: Uint8Array): void;
}

/** A directory the guest sees, read-only. */
export interface Preopen {
  /** The path the guest knows it by. */
  readonly guestPath: string;
  /** An open directory descriptor; `Wasi.close()` closes it. */
  readonly fd: number;
}

export interface WasiLimits {
  /** Open descriptors, and pollables, each. */
  readonly handles: number;
  /** The most bytes allocated by the host for one operation of the guest. */
  readonly allocationBytes: number;
}

export interface WasiHost {
  readonly preopens: readonly Preopen[];
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
  readonly limits: WasiLimits;
  /** Blocks the thread; the time counts against the compute budget as time the guest asked to sleep. */
  sleep(durationNs: bigint): void;
  /** Whether the guest runs only to allocate for the host, when it may call nothing. */
  isConfined(): boolean;
  /** Throws a trap that the guest cannot catch. Its message reaches the user. */
  trap(message: string): never;
  /** Ends the guest at once, as `wasi:cli/exit` does. */
  exit(status: number): never;
}

/** The imports for the glue, keyed by interface name without version, such as `wasi:io/streams`. */
export type WasiImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface Wasi {
  readonly imports: WasiImports;
  /** Closes every descriptor the guest still has open. Idempotent. */
  close(): void;
}
