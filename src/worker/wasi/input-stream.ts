// wasi:io/streams, input-stream: bytes from a source that never blocks.

import type * as declared from '@bytecodealliance/preview2-shim/interfaces/wasi-io-streams';
import type { WasiContext } from './context.js';
import type { IoError } from './error.js';
import { errorCodeOf } from './filesystem/error-code.js';
import { ALWAYS_READY, type Pollable } from './poll.js';
import { err, type Hosted, ok, type Result } from './result.js';

/** Where the bytes of an {@link InputStream} come from. */
export interface ByteSource {
  /** Between 1 and `maximumBytes` bytes, or undefined at the end. Throws a system error. */
  read(maximumBytes: number): Uint8Array | undefined;
  /** Called once, when the guest drops the stream. */
  close(): void;
}

/** Why a stream gives nothing. */
export type StreamError =
  | { readonly tag: 'closed' }
  | { readonly tag: 'last-operation-failed'; readonly val: IoError };

/** The classes that streams make instances of. */
export interface StreamClasses {
  readonly IoError: new (context: WasiContext, code: IoError['code']) => IoError;
  readonly Pollable: new (context: WasiContext, readyAtNs: bigint) => Pollable;
}

const CLOSED = err({ tag: 'closed' } as const);
const NOTHING = new Uint8Array(0);

/** A stream of bytes to the guest. Whoever makes one has counted it as a handle of kind `stream`. */
export class InputStream implements Hosted<declared.InputStream> {
  readonly #context: WasiContext;
  readonly #classes: StreamClasses;
  readonly #source: ByteSource | undefined;
  #state: 'open' | 'closed';

  /** Without a source, it is at its end from the beginning. */
  constructor(context: WasiContext, classes: StreamClasses, source?: ByteSource) {
    this.#context = context;
    this.#classes = classes;
    this.#source = source;
    this.#state = source === undefined ? 'closed' : 'open';
  }

  read(length: bigint): Result<Uint8Array, StreamError> {
    if (this.#source === undefined || this.#state === 'closed') return CLOSED;
    if (length === 0n) return ok(NOTHING);
    const { readBytes } = this.#context;
    try {
      const bytes = this.#source.read(length < BigInt(readBytes) ? Number(length) : readBytes);
      if (bytes !== undefined) return ok(bytes);
      this.#state = 'closed';
      return CLOSED;
    } catch (thrown) {
      const code = errorCodeOf(thrown);
      this.#state = 'closed';
      return err({ tag: 'last-operation-failed', val: new this.#classes.IoError(this.#context, code) });
    }
  }

  blockingRead(length: bigint): Result<Uint8Array, StreamError> {
    return this.read(length);
  }

  skip(length: bigint): Result<bigint, StreamError> {
    const answer = this.read(length);
    return answer.tag === 'ok' ? ok(BigInt(answer.val.length)) : answer;
  }

  blockingSkip(length: bigint): Result<bigint, StreamError> {
    return this.skip(length);
  }

  subscribe(): Pollable {
    return new this.#classes.Pollable(this.#context, ALWAYS_READY);
  }

  [Symbol.dispose](): void {
    this.#context.handles.release('stream');
    this.#source?.close();
  }
}
