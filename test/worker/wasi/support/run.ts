// A run to test WASI in: a real host whose sleeping, trapping and exiting are recorded.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGrantedDirectory } from '#src/bridge/directory-walk.js';
import type { Descriptor } from '#src/worker/wasi/filesystem/descriptor.js';
import type { WasiHost, WasiLimits } from '#src/worker/wasi/host.js';
import type { InputStream } from '#src/worker/wasi/input-stream.js';
import type { OutputStream } from '#src/worker/wasi/output-stream.js';
import type { Pollable } from '#src/worker/wasi/poll.js';
import { createWasi } from '#src/worker/wasi/wasi.js';

/** What the host of a test traps with. */
export class Trap extends Error {
  override readonly name = 'Trap';
}

/** What the host of a test exits with. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly status: number;
  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

export interface RunOptions {
  /** Host directories, granted as `0`, `1` and so on. */
  readonly directories?: readonly string[];
  readonly limits?: Partial<WasiLimits>;
  /** Instead of sleeping for real. */
  readonly sleep?: (durationNs: bigint) => void;
}

/** Sleeps for real, as a worker does. */
export function sleepFor(durationNs: bigint): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(durationNs) / 1e6);
}

export class TestRun {
  readonly sleeps: bigint[] = [];
  readonly #chunks: { stream: string; bytes: Buffer }[] = [];
  readonly #wasi: ReturnType<typeof createWasi>;

  constructor({ directories = [], limits = {}, sleep = sleepFor }: RunOptions = {}) {
    const sink = (stream: string) => ({
      write: (bytes: Uint8Array) => void this.#chunks.push({ stream, bytes: Buffer.from(bytes) }),
    });
    const host: WasiHost = {
      preopens: directories.map((directory, index) => ({
        guestPath: String(index),
        fd: openGrantedDirectory(directory, '.'),
      })),
      stdout: sink('stdout'),
      stderr: sink('stderr'),
      limits: { handles: 1024, allocationBytes: 16 * 1024 * 1024, ...limits },
      sleep: (durationNs) => {
        this.sleeps.push(durationNs);
        sleep(durationNs);
      },
      isConfined: () => false,
      trap: (message) => {
        throw new Trap(message);
      },
      exit: (status) => {
        throw new Exit(status);
      },
    };
    this.#wasi = createWasi(host);
  }

  get imports() {
    return this.#wasi.imports;
  }

  /** The function `name` of an interface. */
  call<Value>(interfaceName: string, name: string, ...values: unknown[]): Value {
    const found = this.imports[interfaceName]?.[name];
    if (typeof found !== 'function') throw new Error(`${interfaceName} has no ${name}`);
    return (found as (...values: unknown[]) => Value)(...values);
  }

  stdin(): InputStream {
    return this.call('wasi:cli/stdin', 'getStdin');
  }

  stdout(): OutputStream {
    return this.call('wasi:cli/stdout', 'getStdout');
  }

  stderr(): OutputStream {
    return this.call('wasi:cli/stderr', 'getStderr');
  }

  /** A new handle of each granted directory. */
  preopens(): [Descriptor, string][] {
    return this.call('wasi:filesystem/preopens', 'getDirectories');
  }

  /** A new handle of the first granted directory. */
  root(): Descriptor {
    const [first] = this.preopens();
    if (first === undefined) throw new Error('nothing was granted');
    return first[0];
  }

  timer(durationNs: bigint): Pollable {
    return this.call('wasi:clocks/monotonic-clock', 'subscribeDuration', durationNs);
  }

  /** What was written to a stream. */
  written(stream: 'stdout' | 'stderr'): Buffer {
    return Buffer.concat(this.#chunks.filter((chunk) => chunk.stream === stream).map(({ bytes }) => bytes));
  }

  close(): void {
    this.#wasi.close();
  }
}

/** Drops a resource, as glue does in a realm without `Symbol.dispose`. */
export function drop(resource: object): void {
  (resource as Record<symbol, () => void>)[Symbol.for('dispose')]?.();
}

/** The value of an `ok`, or a failing test. */
export function okOf<Value>(answer: { tag: string; val: unknown }): Value {
  if (answer.tag !== 'ok') throw new Error(`expected ok, but it is ${JSON.stringify(answer)}`);
  return answer.val as Value;
}

/** A directory that is removed when the test file is done; call `remove` in `afterAll` or `afterEach`. */
export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'sandpool-wasi-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
