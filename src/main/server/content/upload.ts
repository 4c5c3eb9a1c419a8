// One upload on its way to the disk: written to an unfinished file as it comes, hashed and counted on the way, and
// either kept under a name by whoever asked for it, or gone.

import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { describe, SandpoolError } from '../../../bridge/errors.js';
import { storing, unfinishedPath, writeAll } from './own-files.js';
import type { StorageAccount, StorageShare } from './storage-account.js';

/** What is expected of an upload. */
export interface UploadOptions {
  /** More than this is not read. */
  readonly maximumBytes: number;
  /** 64 hex characters in lower case: anything else that comes is refused. */
  readonly expectedSha256?: string | undefined;
  /** Gives the upload up, at whatever point it is. */
  readonly signal?: AbortSignal | undefined;
}

/** An upload that has been received whole, and has no name yet. */
export interface ReceivedUpload {
  /** The unfinished file. Whoever keeps it renames it. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** What it has been charged; released when it is discarded. */
  readonly share: StorageShare;
  /** Removes the file, if it is still there, and gives its bytes back. */
  discard(): Promise<void>;
}

/** The setting named in `UPLOAD_TOO_LARGE`. */
const SETTING = 'maximumBytes';

/** Whether `text` is a sha256 as this project writes it. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** @throws SandpoolError `UPLOAD_CANCELLED` when the signal has been given */
export function stopIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new SandpoolError('UPLOAD_CANCELLED', {}, { cause: signal.reason });
}

/**
 * Receives a stream into an unfinished file of `folder`, on disk when this resolves.
 *
 * @throws SandpoolError `UPLOAD_TOO_LARGE`, `UPLOAD_HASH_MISMATCH`, `UPLOAD_INTERRUPTED` (the stream failed),
 * `UPLOAD_CANCELLED`, `STORAGE_FULL`, `STORAGE_FAILED`, `INVALID_OPTION`; nothing is left of the upload then
 */
export async function receiveUpload(
  folder: string,
  stream: AsyncIterable<Uint8Array>,
  account: StorageAccount,
  options: UploadOptions,
): Promise<ReceivedUpload> {
  const { expectedSha256, maximumBytes, signal } = options;
  if (!(maximumBytes >= 0)) {
    const value = String(maximumBytes);
    throw new SandpoolError('INVALID_OPTION', { option: SETTING, bound: 'a number from 0', value });
  }
  if (expectedSha256 !== undefined && !isSha256(expectedSha256)) {
    const bound = '64 hex characters in lower case';
    throw new SandpoolError('INVALID_OPTION', {
      option: 'expectedSha256',
      bound,
      value: `${expectedSha256}`,
    });
  }
  const incoming = new Incoming(stream, signal);
  const path = unfinishedPath(folder);
  const share = account.share();
  const discard = async () => {
    share.release();
    await rm(path, { force: true });
  };
  try {
    stopIfCancelled(signal);
    const file = await storing(folder, () => open(path, 'wx', 0o600));
    try {
      const { sha256, bytes } = await copy(incoming, file, folder, share, options);
      if (expectedSha256 !== undefined && sha256 !== expectedSha256) {
        throw new SandpoolError('UPLOAD_HASH_MISMATCH', { actual: sha256, expected: expectedSha256 });
      }
      await storing(folder, () => file.sync());
      return { path, sha256, bytes, share, discard };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    incoming.stop();
    // What cannot be removed now goes at the next start; why the upload failed is what matters here.
    await discard().catch(() => undefined);
    throw thrown;
  }
}

async function copy(
  stream: AsyncIterable<Uint8Array>,
  file: FileHandle,
  folder: string,
  share: StorageShare,
  { maximumBytes, signal }: UploadOptions,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    stopIfCancelled(signal);
    bytes += chunk.length;
    if (bytes > maximumBytes) {
      throw new SandpoolError('UPLOAD_TOO_LARGE', { limitBytes: maximumBytes, setting: SETTING });
    }
    share.charge(chunk.length);
    hash.update(chunk);
    await storing(folder, () => writeAll(file, chunk));
  }
  stopIfCancelled(signal);
  return { sha256: hash.digest('hex'), bytes };
}

/** The largest piece that is hashed and written in one go: a sender's chunk may be anything. */
const LONGEST_CHUNK_BYTES = 1024 * 1024;

/**
 * A stream in pieces of bounded size, its own failures told apart from those of the disk, and left at once when the
 * signal is given, even if it hangs. Reading begins here: a stream that fails before anybody listens to it would take
 * the process along.
 */
class Incoming implements AsyncIterable<Uint8Array> {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #next: Promise<IteratorResult<Uint8Array>>;

  constructor(stream: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#iterator = stream[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#next = this.#read();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let next = await this.#next; next.done !== true; next = await this.#next) {
      for (let start = 0; start < next.value.length; start += LONGEST_CHUNK_BYTES) {
        yield next.value.subarray(start, start + LONGEST_CHUNK_BYTES);
      }
      this.#next = this.#read();
    }
  }

  /** Tells the sender that nothing more is wanted. What it has against that, and how long it takes, changes nothing. */
  stop(): void {
    this.#iterator.return?.()?.catch(() => undefined);
  }

  #read(): Promise<IteratorResult<Uint8Array>> {
    const signal = this.#signal;
    const next = new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      const cancel = () => reject(new SandpoolError('UPLOAD_CANCELLED', {}, { cause: signal?.reason }));
      signal?.addEventListener('abort', cancel, { once: true });
      const done = () => signal?.removeEventListener('abort', cancel);
      this.#iterator
        .next()
        .then(resolve, (thrown) => reject(interrupted(thrown)))
        .finally(done);
    });
    // It may fail before it is waited for, and is then seen when it is.
    next.catch(() => undefined);
    return next;
  }
}

function interrupted(thrown: unknown): SandpoolError {
  if (thrown instanceof SandpoolError) return thrown;
  return new SandpoolError('UPLOAD_INTERRUPTED', { reason: describe(thrown) }, { cause: thrown });
}
