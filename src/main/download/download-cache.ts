// What has been fetched, kept on disk beside the translations: files by their hash, and the hash that was last fetched
// from an address. A file is hashed whenever it is read, so one that was changed is not used, and is fetched again.

import { createHash } from 'node:crypto';
import { type CachedFile, FileCache } from '../component/cache/file-cache.js';
import { IcpPackages } from './icp-packages.js';

/** Files beyond this are removed, the longest unused first. */
const LARGEST_CONTENT_BYTES = 1024 ** 3;
/** Each tag is as long as a hash. */
const LARGEST_TAGS_BYTES = 1024 ** 2;

/** Where fetched files are looked for and kept. */
export interface DownloadCacheOptions {
  /** Our own folder; nothing is kept when absent. */
  readonly folder?: string | undefined;
  /** icp-cli's, which is only read. @default where icp-cli has it; `none` leaves it alone */
  readonly icpPackages?: IcpPackages | 'none';
}

/** What a kind of file is called in icp-cli's cache. */
export type ContentKind = 'wasm' | 'recipe';

/** Safe to use from any number of processes at once. */
export class DownloadCache {
  /** Where it keeps files, unless it keeps none. */
  readonly folder: string | undefined;
  readonly #contents: FileCache | undefined;
  readonly #tags: FileCache | undefined;
  readonly #icpPackages: IcpPackages | undefined;

  constructor({ folder, icpPackages = new IcpPackages() }: DownloadCacheOptions) {
    this.folder = folder;
    if (folder !== undefined) {
      this.#contents = new FileCache(folder, '.download', LARGEST_CONTENT_BYTES);
      this.#tags = new FileCache(folder, '.tag', LARGEST_TAGS_BYTES);
    }
    this.#icpPackages = icpPackages === 'none' ? undefined : icpPackages;
  }

  /**
   * The file that hashes to `sha256`, 64 lower-case hex characters, and has at most `maximumBytes`: verified, and
   * undefined when there is none.
   */
  async content(kind: ContentKind, sha256: string, maximumBytes: number): Promise<Uint8Array | undefined> {
    const own = await this.#contents?.read(sha256, maximumBytes);
    if (own !== undefined && hashOf(own) === sha256) return own;
    return this.#icpPackages?.content(kind, sha256, maximumBytes);
  }

  /** Keeps a file. @returns its hash */
  async keep(content: Uint8Array): Promise<string> {
    const sha256 = hashOf(content);
    await this.#contents?.write(sha256, [content]);
    return sha256;
  }

  /** The hash of what was last fetched under `tag`: by icp-cli, or else by us. */
  async tagged(tag: string): Promise<string | undefined> {
    const theirs = await this.#icpPackages?.tag(tag);
    if (theirs !== undefined) return theirs;
    const own = (await this.#tags?.read(hashOf(Buffer.from(tag)), 64))?.toString('latin1');
    return own !== undefined && /^[0-9a-f]{64}$/.test(own) ? own : undefined;
  }

  /** Keeps a file and remembers that it is what `tag` stands for. */
  async keepTagged(tag: string, content: Uint8Array): Promise<void> {
    const sha256 = await this.keep(content);
    await this.#tags?.write(hashOf(Buffer.from(tag)), [Buffer.from(sha256, 'latin1')]);
  }

  /** Our own files, the latest used first. */
  async list(): Promise<CachedFile[]> {
    return (await this.#contents?.list()) ?? [];
  }

  /**
   * Removes our own files, the longest unused first, until the rest have at most `largestBytes`. Tags go with the last
   * of them: with 0, what addresses stand for is fetched anew.
   * @returns the files that were removed
   */
  async prune(largestBytes: number): Promise<CachedFile[]> {
    if (largestBytes === 0) await this.#tags?.prune(0);
    return (await this.#contents?.prune(largestBytes)) ?? [];
  }
}

function hashOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
