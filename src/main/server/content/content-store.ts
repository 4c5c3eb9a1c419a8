// Files by what is in them: each is stored once, under its sha256, in one folder that belongs to one service. What is
// seen under a name is whole; what a crash left half-written goes when the folder is opened again.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SandpoolError } from '../../../bridge/errors.js';
import { systemErrorCode } from '../../../bridge/path-error.js';
import { openFolder, storing, syncFolder } from './own-files.js';
import { StorageAccount } from './storage-account.js';
import { Turns } from './turns.js';
import { isSha256, receiveUpload, type UploadOptions } from './upload.js';

/** One stored file, as listed. */
export interface StoredContent {
  readonly sha256: string;
  readonly bytes: number;
  /** When it was stored. */
  readonly storedAt: Date;
}

/** Settings of a {@link ContentStore}. */
export interface ContentStoreOptions {
  /** The most all files may have together, uploads under way included. @default no limit */
  readonly totalBytes?: number;
}

/**
 * A folder of files by their sha256.
 *
 * @example
 * ```ts
 * const store = await ContentStore.open('/var/lib/sandpool/plugins');
 * const { sha256 } = await store.put(request, { maximumBytes: 64 * 1024 * 1024 });
 * const bytes = await store.read(sha256);
 * ```
 */
export class ContentStore {
  readonly folder: string;
  readonly #account: StorageAccount;
  readonly #turns = new Turns();

  private constructor(folder: string, account: StorageAccount) {
    this.folder = folder;
    this.#account = account;
  }

  /**
   * Opens the folder, and makes it (0700) unless it is there. Only one process may have it open: uploads that another
   * one has not finished are taken for what a crash left, and removed.
   *
   * @throws SandpoolError `STORAGE_FAILED`, `INVALID_OPTION`
   */
  static async open(folder: string, options: ContentStoreOptions = {}): Promise<ContentStore> {
    const account = new StorageAccount(folder, options.totalBytes);
    const store = new ContentStore(folder, account);
    await openFolder(folder);
    for (const { bytes } of await store.list()) account.adopt(bytes);
    return store;
  }

  /** What all files have together, uploads under way included. */
  get usedBytes(): number {
    return this.#account.usedBytes;
  }

  /**
   * Stores a stream under its sha256; it is on disk when this resolves. The same content twice is stored once, by
   * however many writers at a time.
   *
   * @throws SandpoolError `UPLOAD_TOO_LARGE`, `UPLOAD_HASH_MISMATCH`, `UPLOAD_INTERRUPTED`, `UPLOAD_CANCELLED`,
   * `STORAGE_FULL`, `STORAGE_FAILED`, `INVALID_OPTION`; nothing is left of the upload then
   */
  async put(stream: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<StoredContent> {
    const upload = await receiveUpload(this.folder, stream, this.#account, options);
    try {
      // One at a time for each hash: two that both find nothing there would both be charged for the one file.
      return await this.#turns.take(upload.sha256, () =>
        storing(this.folder, async () => {
          const present = await this.#status(upload.sha256);
          if (present !== undefined) {
            await upload.discard();
            return present;
          }
          await rename(upload.path, this.#pathOf(upload.sha256));
          await syncFolder(this.folder);
          return { sha256: upload.sha256, bytes: upload.bytes, storedAt: new Date() };
        }),
      );
    } catch (thrown) {
      await upload.discard().catch(() => undefined);
      throw thrown;
    }
  }

  /**
   * Opens a file for reading. The caller closes it.
   *
   * @throws SandpoolError `CONTENT_NOT_FOUND`, `STORAGE_FAILED`
   */
  async open(sha256: string): Promise<FileHandle> {
    if (!isSha256(sha256)) throw new SandpoolError('CONTENT_NOT_FOUND', { sha256: sha256.slice(0, 64) });
    return storing(this.folder, async () => {
      try {
        // Windows knows no such flag.
        return await open(this.#pathOf(sha256), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
      } catch (thrown) {
        if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
        throw new SandpoolError('CONTENT_NOT_FOUND', { sha256 });
      }
    });
  }

  /**
   * All of a file, its hash checked.
   *
   * @throws SandpoolError `CONTENT_NOT_FOUND`, `CONTENT_DAMAGED`, `STORAGE_FAILED`
   */
  async read(sha256: string): Promise<Buffer> {
    const file = await this.open(sha256);
    try {
      return await storing(this.folder, async () => {
        const content = Buffer.alloc((await file.stat()).size);
        const hash = createHash('sha256');
        let filled = 0;
        while (filled < content.length) {
          const { bytesRead } = await file.read(
            content,
            filled,
            Math.min(READ_BYTES, content.length - filled),
          );
          if (bytesRead === 0) break;
          hash.update(content.subarray(filled, filled + bytesRead));
          filled += bytesRead;
        }
        if (hash.digest('hex') !== sha256) throw new SandpoolError('CONTENT_DAMAGED', { sha256 });
        return content;
      });
    } finally {
      await file.close();
    }
  }

  /** Whether there is a file of that hash. @throws SandpoolError `STORAGE_FAILED` */
  async has(sha256: string): Promise<boolean> {
    return isSha256(sha256) && (await storing(this.folder, () => this.#status(sha256))) !== undefined;
  }

  /** Removes a file. @returns whether there was one. @throws SandpoolError `STORAGE_FAILED` */
  async delete(sha256: string): Promise<boolean> {
    if (!isSha256(sha256)) return false;
    return this.#turns.take(sha256, () =>
      storing(this.folder, async () => {
        const present = await this.#status(sha256);
        if (present === undefined) return false;
        try {
          await rm(this.#pathOf(sha256));
        } catch (thrown) {
          if (systemErrorCode(thrown) === 'ENOENT') return false;
          throw thrown;
        }
        this.#account.release(present.bytes);
        await syncFolder(this.folder);
        return true;
      }),
    );
  }

  /** Everything stored, the latest first. @throws SandpoolError `STORAGE_FAILED` */
  async list(): Promise<StoredContent[]> {
    return storing(this.folder, async () => {
      const names = (await readdir(this.folder)).filter(isSha256);
      const found: StoredContent[] = [];
      for (const name of names) {
        const content = await this.#status(name);
        if (content !== undefined) found.push(content);
      }
      return found.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
    });
  }

  async #status(sha256: string): Promise<StoredContent | undefined> {
    try {
      const status = await lstat(this.#pathOf(sha256));
      return status.isFile() ? { sha256, bytes: status.size, storedAt: status.mtime } : undefined;
    } catch (thrown) {
      if (systemErrorCode(thrown) === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  #pathOf(sha256: string): string {
    return join(this.folder, sha256);
  }
}

/** What is read and hashed in one go: hashing takes the thread, some 0.3 ms for this. */
const READ_BYTES = 256 * 1024;
