// What every interface of one run shares: its host, its clock, its counts of handles and what must be closed
// at its end. Also remembers how the run ended, so that no later call can undo a trap.

import { HandleCounts } from './handle-counts.js';
import type { WasiHost } from './host.js';

const LARGEST_READ_BYTES = 1024 * 1024;
const SMALLEST_SCRATCH_BYTES = 64 * 1024;

/** Why a call out of a guest that allocates for the host is a trap. */
export const CONFINED = 'cannot leave the component instance while it allocates or frees for the host';

/** The state of one run's WASI. */
export class WasiContext {
  readonly host: WasiHost;
  readonly handles: HandleCounts;
  /** The most bytes that one read hands to the guest. */
  readonly readBytes: number;
  readonly #startNs = process.hrtime.bigint();
  readonly #closers = new Set<() => void>();
  #scratch = new Uint8Array(0);
  #ending: { readonly thrown: unknown } | undefined;

  constructor(host: WasiHost) {
    this.host = host;
    this.handles = new HandleCounts(host.limits.handles);
    this.readBytes = Math.max(1, Math.min(host.limits.allocationBytes, LARGEST_READ_BYTES));
  }

  /** Nanoseconds since the run began: the guest does not learn for how long the machine has been up. */
  nowNs(): bigint {
    return process.hrtime.bigint() - this.#startNs;
  }

  /** Ends the run with a trap. */
  trap(message: string): never {
    return this.#end(() => this.host.trap(message));
  }

  /** Ends the run as `wasi:cli/exit` does. */
  exit(status: number): never {
    return this.#end(() => this.host.exit(status));
  }

  /** Sleeps; the host may end the run instead of returning. */
  sleep(durationNs: bigint): void {
    this.#end(() => this.host.sleep(durationNs));
  }

  /** Throws again what ended the run, if it has ended: a guest cannot go on after a trap. Traps where none may call. */
  checkRunning(): void {
    if (this.#ending !== undefined) throw this.#ending.thrown;
    if (this.host.isConfined()) this.trap(CONFINED);
  }

  /** Whether `thrown` is what the host ended the run with. */
  isEnding(thrown: unknown): boolean {
    return this.#ending !== undefined && this.#ending.thrown === thrown;
  }

  /** A buffer of at least `bytes`, at most {@link readBytes}; its content is good until the next call. */
  scratch(bytes: number): Uint8Array {
    if (this.#scratch.length < bytes) {
      const size = Math.min(this.readBytes, Math.max(SMALLEST_SCRATCH_BYTES, bytes));
      this.#scratch = new Uint8Array(size);
    }
    return this.#scratch;
  }

  /** Has `close` called at the end of the run, unless the returned function is called before. */
  atEnd(close: () => void): () => void {
    this.#closers.add(close);
    return () => this.#closers.delete(close);
  }

  /** Closes all that is still open. Idempotent. */
  close(): void {
    const closers = [...this.#closers];
    this.#closers.clear();
    for (const close of closers) close();
  }

  #end<Value>(action: () => Value): Value {
    try {
      return action();
    } catch (thrown) {
      this.#ending = { thrown };
      throw thrown;
    }
  }
}
