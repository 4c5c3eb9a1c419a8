// Reads from files at any offset, in bounded amounts.

import { readSync } from 'node:fs';
import { PathError } from '../../../bridge/path-error.js';
import type { WasiContext } from '../context.js';
import type { ByteSource } from '../input-stream.js';
import type { SharedPlace } from './shared-place.js';

const LARGEST_OFFSET = 2n ** 63n - 1n;

/**
 * At most `maximumBytes`, at most what the context allows, from `offset` on; empty at the end of the file. Room
 * is taken for what was there, not for what was asked.
 *
 * @throws a system error; `EINVAL` for a range that no file can have.
 */
export function readAt(
  context: WasiContext,
  shared: SharedPlace,
  maximumBytes: bigint,
  offset: bigint,
): Uint8Array {
  const { readBytes } = context;
  const wanted = maximumBytes < BigInt(readBytes) ? Number(maximumBytes) : readBytes;
  if (offset + BigInt(wanted) > LARGEST_OFFSET) throw new PathError('EINVAL');
  const scratch = context.scratch(wanted);
  const read = readSync(shared.place.fd, scratch, 0, wanted, offset);
  return scratch.slice(0, read);
}

/** The bytes of a file from an offset on. */
export class FileSource implements ByteSource {
  readonly #context: WasiContext;
  readonly #shared: SharedPlace;
  #offset: bigint;

  /** Uses up one use of `shared`. */
  constructor(context: WasiContext, shared: SharedPlace, offset: bigint) {
    this.#context = context;
    this.#shared = shared;
    this.#offset = offset;
  }

  read(maximumBytes: number): Uint8Array | undefined {
    const bytes = readAt(this.#context, this.#shared, BigInt(maximumBytes), this.#offset);
    if (bytes.length === 0) return undefined;
    this.#offset += BigInt(bytes.length);
    return bytes;
  }

  close(): void {
    this.#shared.release();
  }
}
