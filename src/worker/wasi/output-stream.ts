// wasi:io/streams, output-stream: bytes to one of the run's two outputs. Writing never blocks or fails: what
// is over the output's cap is dropped there.

import type * as declared from '@bytecodealliance/preview2-shim/interfaces/wasi-io-streams';
import type { WasiContext } from './context.js';
import type { OutputSink } from './host.js';
import type { InputStream, StreamClasses, StreamError } from './input-stream.js';
import { ALWAYS_READY, type Pollable } from './poll.js';
import { type Hosted, ok, type Result } from './result.js';

/** The answer of `check-write`, and the most that one `write` may bring. */
const PERMITTED_BYTES = 1024 * 1024;
/** The most that the blocking writes take at once, by their definition. */
const BLOCKING_BYTES = 4096;

const ZEROES = new Uint8Array(64 * 1024);
const DONE = ok(undefined);

/** A stream of bytes from the guest. */
export class OutputStream implements Hosted<declared.OutputStream> {
  readonly #context: WasiContext;
  readonly #classes: StreamClasses;
  readonly #sink: OutputSink;

  constructor(context: WasiContext, classes: StreamClasses, sink: OutputSink) {
    if (!context.handles.take('stream')) context.trap('too many streams held open');
    this.#context = context;
    this.#classes = classes;
    this.#sink = sink;
  }

  checkWrite(): Result<bigint, StreamError> {
    return ok(BigInt(PERMITTED_BYTES));
  }

  write(contents: Uint8Array): Result<undefined, StreamError> {
    this.#permit(contents.length, PERMITTED_BYTES, 'write');
    this.#sink.write(contents);
    return DONE;
  }

  blockingWriteAndFlush(contents: Uint8Array): Result<undefined, StreamError> {
    this.#permit(contents.length, BLOCKING_BYTES, 'blocking-write-and-flush');
    this.#sink.write(contents);
    return DONE;
  }

  flush(): Result<undefined, StreamError> {
    return DONE;
  }

  blockingFlush(): Result<undefined, StreamError> {
    return DONE;
  }

  subscribe(): Pollable {
    return new this.#classes.Pollable(this.#context, ALWAYS_READY);
  }

  writeZeroes(length: bigint): Result<undefined, StreamError> {
    this.#permit(length, PERMITTED_BYTES, 'write-zeroes');
    return this.#zeroes(Number(length));
  }

  blockingWriteZeroesAndFlush(length: bigint): Result<undefined, StreamError> {
    this.#permit(length, BLOCKING_BYTES, 'blocking-write-zeroes-and-flush');
    return this.#zeroes(Number(length));
  }

  splice(source: InputStream, length: bigint): Result<bigint, StreamError> {
    const permitted = BigInt(PERMITTED_BYTES);
    const answer = source.read(length < permitted ? length : permitted);
    if (answer.tag === 'err') return answer;
    this.#sink.write(answer.val);
    return ok(BigInt(answer.val.length));
  }

  blockingSplice(source: InputStream, length: bigint): Result<bigint, StreamError> {
    return this.splice(source, length);
  }

  [Symbol.dispose](): void {
    this.#context.handles.release('stream');
  }

  #permit(length: number | bigint, permitted: number, operation: string): void {
    if (length > permitted) {
      this.#context.trap(`${operation} of ${length} bytes, of which ${permitted} are permitted`);
    }
  }

  #zeroes(length: number): Result<undefined, StreamError> {
    for (let left = length; left > 0; left -= ZEROES.length) {
      this.#sink.write(ZEROES.subarray(0, Math.min(left, ZEROES.length)));
    }
    return DONE;
  }
}
