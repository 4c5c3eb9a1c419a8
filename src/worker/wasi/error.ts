// wasi:io/error: why an operation on a stream failed.

import type { ErrorCode } from '@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types';
import type { Error as Declared } from '@bytecodealliance/preview2-shim/interfaces/wasi-io-error';
import type { WasiContext } from './context.js';
import type { Hosted } from './result.js';

/** A failure of the stream of a file, as a code; nothing of the host is in it. */
export class IoError implements Hosted<Declared> {
  /** What `filesystem-error-code` answers for it. */
  readonly code: ErrorCode;
  readonly #context: WasiContext;

  constructor(context: WasiContext, code: ErrorCode) {
    if (!context.handles.take('error')) context.trap('too many errors held open');
    this.#context = context;
    this.code = code;
  }

  toDebugString(): string {
    return this.code;
  }

  [Symbol.dispose](): void {
    this.#context.handles.release('error');
  }
}
