// The file of a trace: written as the sync goes on, a block at a time, and after each block a whole JSON document, so
// that one can be read whenever and however the process ends.

import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { printable } from '../project/shown-text.js';
import type { TraceEvent } from './trace-recorder.js';

const BLOCK_CHARACTERS = 64 * 1024;
const END = '\n]}\n';

/** A trace in the JSON object format. */
export class TraceFile {
  readonly #path: string;
  readonly #file: number;
  /** Where the next block goes: over the end of the document. */
  #position = 0;
  #block: string[] = [];
  #blockCharacters = 0;
  #separator = '';
  #problem: SandpoolError | undefined;
  #closed = false;

  /**
   * Begins the file anew.
   * @param about goes into `otherData`
   * @throws SandpoolError OUTPUT_UNWRITABLE
   */
  constructor(path: string, about: Readonly<Record<string, string>>) {
    this.#path = path;
    try {
      this.#file = openSync(path, 'w');
    } catch (error) {
      throw this.#unwritable(error);
    }
    const head = JSON.stringify({ displayTimeUnit: 'ms', otherData: about }).slice(0, -1);
    this.#block.push(`${head},"traceEvents":[`);
    this.flush();
    if (this.#problem !== undefined) throw this.#problem;
  }

  /** Why no more is written since some time, if so. */
  get problem(): SandpoolError | undefined {
    return this.#problem;
  }

  /** Adds an event. */
  write(event: TraceEvent): void {
    if (this.#closed || this.#problem !== undefined) return;
    const text = `${this.#separator}\n${JSON.stringify(event)}`;
    this.#separator = ',';
    this.#block.push(text);
    this.#blockCharacters += text.length;
    if (this.#blockCharacters >= BLOCK_CHARACTERS) this.flush();
  }

  /** Writes what has not been written yet. */
  flush(): void {
    if (this.#closed || this.#problem !== undefined) return;
    const block = Buffer.from(this.#block.join(''));
    this.#block = [];
    this.#blockCharacters = 0;
    try {
      writeAll(this.#file, Buffer.concat([block, Buffer.from(END)]), this.#position);
      this.#position += block.length;
    } catch (error) {
      // A trace is not worth a sync: it ends with the last block that is whole.
      this.#problem = this.#unwritable(error);
      this.#mend();
    }
  }

  /** Writes the rest. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    closeSync(this.#file);
  }

  #mend(): void {
    try {
      ftruncateSync(this.#file, this.#position);
      writeAll(this.#file, Buffer.from(END), this.#position);
    } catch {
      // The problem is told already.
    }
  }

  #unwritable(error: unknown): SandpoolError {
    const details = { path: printable(this.#path), reason: printable(describe(error)) };
    return new SandpoolError('OUTPUT_UNWRITABLE', details, { cause: error });
  }
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written, position + written);
  }
}
