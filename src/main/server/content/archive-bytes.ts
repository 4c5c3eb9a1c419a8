// The bytes of an archive, a little at a time: a range of its file, what a decompressor makes of one, and a reader that
// takes exact amounts from either. Nothing here holds more than a few chunks.

import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { refused } from './bundle-refusal.js';
import type { UnpackBudget } from './unpack-budget.js';

/** What is read, inflated, hashed or written in one go. */
export const CHUNK_BYTES = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/** An archive's file, open. */
export interface ArchiveFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** The bytes of a file from `start` up to `end`. @throws SandpoolError `BUNDLE_REFUSED` when it is shorter */
export async function* fileRange(
  { handle }: ArchiveFile,
  start: number,
  end: number,
  budget: UnpackBudget,
): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const wanted = Math.min(CHUNK_BYTES, end - at);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
    if (bytesRead === 0) throw refused('archive-cut');
    budget.read(bytesRead);
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Exactly `length` bytes at `start`. @throws SandpoolError `BUNDLE_REFUSED` when there are not as many */
export async function readAt(
  archive: ArchiveFile,
  start: number,
  length: number,
  budget: UnpackBudget,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of fileRange(archive, start, start + length, budget)) chunks.push(chunk);
  return chunks.length === 1 ? (chunks[0] ?? NOTHING) : Buffer.concat(chunks);
}

/** What is known of a deflated stream when it has ended. */
export interface Inflated {
  /** How many of the bytes handed in belonged to it. */
  readonly consumedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
}

/**
 * Inflates one raw deflate stream. What follows it in `source` is left alone, and is told from `consumedBytes`.
 *
 * @param name of the entry, for messages
 * @returns what is known of it, once it has been read to its end
 */
export async function* inflated(
  source: AsyncIterable<Uint8Array>,
  budget: UnpackBudget,
  name?: Uint8Array,
): AsyncGenerator<Buffer, Inflated> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  let sourceFailure: { readonly thrown: unknown } | undefined;
  const feeding = pipeline(async function* () {
    try {
      yield* source;
    } catch (thrown) {
      sourceFailure = { thrown };
      throw thrown;
    }
  }, inflate);
  // Its failures are those of `inflate`, which are seen below.
  feeding.catch(() => undefined);
  let bytes = 0;
  let checksum = 0;
  try {
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      budget.inflate(chunk.length);
      bytes += chunk.length;
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (thrown) {
    if (sourceFailure !== undefined) throw sourceFailure.thrown;
    if (isInflateError(thrown)) throw refused('compressed-data-damaged', name, thrown);
    throw thrown;
  } finally {
    inflate.destroy();
    await feeding.catch(() => undefined);
  }
  return { consumedBytes: inflate.bytesWritten, bytes, crc32: checksum };
}

function isInflateError(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('Z_');
}

/** Takes exact amounts from a stream of chunks. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = NOTHING;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `length` bytes; undefined at the end. @throws SandpoolError `BUNDLE_REFUSED` when only some are left */
  async block(length: number): Promise<Buffer | undefined> {
    if (!(await this.#fill())) return undefined;
    const block = await this.upTo(length);
    if (block.length < length) throw refused('archive-cut');
    return block;
  }

  /** The next `length` bytes, or as many as are left. */
  async upTo(length: number): Promise<Buffer> {
    const block = Buffer.alloc(length);
    let filled = 0;
    while (filled < length && (await this.#fill())) {
      const part = this.#part(length - filled);
      block.set(part, filled);
      filled += part.length;
    }
    return block.subarray(0, filled);
  }

  /** The next `length` bytes as they come. @throws SandpoolError `BUNDLE_REFUSED` when there are not as many */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (!(await this.#fill())) throw refused('archive-cut');
      const part = this.#part(left);
      left -= part.length;
      yield part;
    }
  }

  /** Everything that is left, as it comes. */
  async *rest(): AsyncGenerator<Uint8Array> {
    while (await this.#fill()) yield this.#part(this.#chunk.length);
  }

  /** Lets go of the stream, wherever it is. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #part(longest: number): Uint8Array {
    const part = this.#chunk.subarray(0, longest);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }

  /** @returns whether there is a byte to take */
  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#chunk = next.value;
    }
    return true;
  }
}
