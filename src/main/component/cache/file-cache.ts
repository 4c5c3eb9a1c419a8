// Files kept on disk between processes, each named after a hash, in a folder of the user's own: read, written, listed,
// and the longest unused removed when there are too many. Safe to use from any number of processes at once. Nothing
// that goes wrong here ends anything: a cache that cannot be used is not used.

import { randomUUID } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureOwnFolder, openOwnFile, readOwnFile } from './cache-folder.js';

/** A file being written that is older than this was left by a process that is gone. */
const ABANDONED_MS = 60 * 60_000;

/** One file, as listed. */
export interface CachedFile {
  readonly path: string;
  /** What it is named after: 64 hex characters. */
  readonly key: string;
  readonly bytes: number;
  readonly usedAt: Date;
}

/** The files of one kind in one folder. */
export class FileCache {
  readonly #folder: string;
  readonly #suffix: string;
  readonly #largestBytes: number;

  /**
   * @param suffix of the files' names, such as `.translation`: what tells the kinds apart that share a folder
   * @param largestBytes of all files of the kind together
   */
  constructor(folder: string, suffix: string, largestBytes: number) {
    this.#folder = folder;
    this.#suffix = suffix;
    this.#largestBytes = largestBytes;
  }

  /** What is kept under `key`, and counts as used now. Undefined when it is not there, larger, or not to be trusted. */
  async read(key: string, maximumBytes = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    const path = this.#pathOf(key);
    try {
      if (!ensureOwnFolder(this.#folder)) return undefined;
      await using file = await openOwnFile(path);
      if (file === undefined || (await file.stat()).size > maximumBytes) return undefined;
      const content = await file.readFile();
      const now = new Date();
      await utimes(path, now, now);
      return content;
    } catch {
      return undefined;
    }
  }

  /** As {@link read}, for who cannot wait. */
  readNow(key: string): Buffer | undefined {
    const path = this.#pathOf(key);
    try {
      if (!ensureOwnFolder(this.#folder)) return undefined;
      const content = readOwnFile(path);
      const now = new Date();
      utimesSync(path, now, now);
      return content;
    } catch {
      return undefined;
    }
  }

  /** Keeps a file, and makes room for it. */
  async write(key: string, parts: readonly Uint8Array[]): Promise<void> {
    const path = this.#pathOf(key);
    const unfinished = `${path}.${randomUUID()}`;
    try {
      if (!ensureOwnFolder(this.#folder)) return;
      await using file = await open(unfinished, 'wx', 0o600);
      await file.writev([...parts]);
      await rename(unfinished, path);
      await this.prune(this.#largestBytes);
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  /** Forgets what is kept under `key`. */
  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true }).catch(() => undefined);
  }

  /** What there is, the latest used first. @param look is shown each file, opened */
  async list<About = unknown>(
    look: (file: FileHandle) => Promise<About> = async () => undefined as About,
  ): Promise<(CachedFile & { readonly about: About })[]> {
    const names = (await this.#names()).filter((name) => this.#keyOf(name) !== undefined);
    const files = await Promise.all(names.map((name) => this.#listed(name, look)));
    return files.filter((file) => file !== undefined).sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
  }

  /** Removes the longest unused files until the rest have at most `largestBytes`. @returns what was removed */
  async prune<About = unknown>(
    largestBytes: number,
    look?: (file: FileHandle) => Promise<About>,
  ): Promise<(CachedFile & { readonly about: About })[]> {
    await this.#removeAbandoned();
    let bytes = 0;
    const removed: (CachedFile & { readonly about: About })[] = [];
    for (const file of await this.list(look)) {
      bytes += file.bytes;
      if (bytes <= largestBytes) continue;
      await rm(file.path, { force: true });
      removed.push(file);
    }
    return removed;
  }

  async #listed<About>(
    name: string,
    look: (file: FileHandle) => Promise<About>,
  ): Promise<(CachedFile & { readonly about: About }) | undefined> {
    const path = join(this.#folder, name);
    await using file = await openOwnFile(path);
    if (file === undefined) return undefined;
    const { size: bytes, mtime: usedAt } = await file.stat();
    return { path, key: this.#keyOf(name) ?? '', bytes, usedAt, about: await look(file) };
  }

  async #removeAbandoned(): Promise<void> {
    for (const name of (await this.#names()).filter((one) => one.includes(`${this.#suffix}.`))) {
      const path = join(this.#folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
  }

  async #names(): Promise<string[]> {
    return readdir(this.#folder).catch(() => []);
  }

  #pathOf(key: string): string {
    return join(this.#folder, key + this.#suffix);
  }

  #keyOf(name: string): string | undefined {
    const key = name.slice(0, 64);
    return name === key + this.#suffix && /^[0-9a-f]{64}$/.test(key) ? key : undefined;
  }
}
