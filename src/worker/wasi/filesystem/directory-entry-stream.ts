// wasi:filesystem/types, directory-entry-stream: reads a directory a few entries at a time, however many it has.

import { isUtf8 } from 'node:buffer';
import type { Dir } from 'node:fs';
import type * as declared from '@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types';
import { PathError } from '../../../bridge/path-error.js';
import type { WasiContext } from '../context.js';
import { err, type Hosted, ok, type Result } from '../result.js';
import { type ErrorCode, errorCodeOf } from './error-code.js';
import { typeOf } from './metadata.js';
import type { SharedPlace } from './shared-place.js';

/** The entries of one directory, without `.` and `..`, in the order of the file system. */
export class DirectoryEntryStream implements Hosted<declared.DirectoryEntryStream> {
  readonly #context: WasiContext;
  readonly #shared: SharedPlace;
  readonly #forget: () => void;
  #directory: Dir | undefined;

  /** Uses up one use of `shared` and one counted handle of kind `descriptor`; throws a system error before. */
  constructor(context: WasiContext, shared: SharedPlace) {
    if (!context.handles.take('file')) throw new PathError('ENOMEM');
    try {
      this.#directory = shared.place.entries();
    } catch (error) {
      context.handles.release('file');
      throw error;
    }
    this.#context = context;
    this.#shared = shared;
    this.#forget = context.atEnd(() => this.#close());
  }

  readDirectoryEntry(): Result<declared.DirectoryEntry | undefined, ErrorCode> {
    if (this.#directory === undefined) return ok(undefined);
    try {
      const entry = this.#directory.readSync();
      if (entry === null) {
        this.#close();
        return ok(undefined);
      }
      const name = entry.name as unknown as Buffer;
      // The guest's strings are Unicode. The entries after this one can still be read.
      if (!isUtf8(name)) return err('illegal-byte-sequence');
      return ok({ type: typeOf(entry), name: name.toString() });
    } catch (thrown) {
      return err(errorCodeOf(thrown));
    }
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#close();
    this.#shared.release();
    this.#context.handles.release('descriptor');
  }

  #close(): void {
    if (this.#directory === undefined) return;
    this.#directory.closeSync();
    this.#directory = undefined;
    this.#context.handles.release('file');
  }
}
