// Translations kept on disk, so that the next process need not make them again. A file an entry, named after all that
// the translation depends on. Nothing that goes wrong here ends anything: a cache that cannot be used is not used.

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { TranslatedComponent } from '../translation.js';
import { decodeEntry, type EntryAbout, encodeEntry, peekEntry } from './cache-entry.js';
import { ensureOwnFolder, openOwnFile } from './cache-folder.js';

/** To be raised with every change of what a translation is made to be; a test says when. */
export const TRANSLATION_FORMAT = 3;

/** Entries beyond this are removed, the longest unused first. */
const LARGEST_BYTES = 1024 ** 3;

const ENTRY = /^[0-9a-f]{64}\.translation$/;
/** As much of an entry as holds its header. */
const HEADER_BYTES = 64 * 1024;
/** A file being written that is older than this was left by a process that is gone. */
const ABANDONED_MS = 60 * 60_000;

/** One entry, as listed. */
export interface CacheEntry extends EntryAbout {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: Date;
}

/** The translations in one folder. Safe to use from any number of processes at once. */
export class TranslationCache {
  readonly #folder: string;
  readonly #largestBytes: number;

  /** @param largestBytes of all entries together */
  constructor(folder: string, largestBytes: number = LARGEST_BYTES) {
    this.#folder = folder;
    this.#largestBytes = largestBytes;
  }

  /** The translation of the component with that hash, or undefined when there is none that can be trusted. */
  async read(sha256: string): Promise<TranslatedComponent | undefined> {
    const path = this.#pathOf(sha256);
    try {
      if (!ensureOwnFolder(this.#folder)) return undefined;
      await using file = await openOwnFile(path);
      const entry = file === undefined ? undefined : decodeEntry(await file.readFile());
      if (entry === undefined || entry.about.sha256 !== sha256) return undefined;
      const now = new Date();
      await utimes(path, now, now);
      return entry.translation;
    } catch {
      return undefined;
    }
  }

  /** Keeps a translation, and makes room for it. */
  async write(about: EntryAbout, translation: TranslatedComponent): Promise<void> {
    const path = this.#pathOf(about.sha256);
    const unfinished = `${path}.${randomUUID()}`;
    try {
      if (!ensureOwnFolder(this.#folder)) return;
      await using file = await open(unfinished, 'wx', 0o600);
      await file.writev(encodeEntry(about, translation));
      await rename(unfinished, path);
      await this.prune(this.#largestBytes);
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  /** What there is, the latest used first. */
  async list(): Promise<CacheEntry[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const entries = await Promise.all(
      names.filter((name) => ENTRY.test(name)).map((name) => this.#entry(name)),
    );
    return entries
      .filter((entry) => entry !== undefined)
      .sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
  }

  /** Removes the longest unused entries until the rest have at most `largestBytes`. @returns what was removed */
  async prune(largestBytes: number): Promise<CacheEntry[]> {
    await this.#removeAbandoned();
    let bytes = 0;
    const removed: CacheEntry[] = [];
    for (const entry of await this.list()) {
      bytes += entry.bytes;
      if (bytes <= largestBytes) continue;
      await rm(entry.path, { force: true });
      removed.push(entry);
    }
    return removed;
  }

  #pathOf(sha256: string): string {
    const key = [sha256, TRANSLATION_FORMAT, translatorVersion()].join(' ');
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.translation`);
  }

  async #entry(name: string): Promise<CacheEntry | undefined> {
    const path = join(this.#folder, name);
    await using file = await openOwnFile(path);
    if (file === undefined) return undefined;
    const { size: bytes, mtime: usedAt } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const about = peekEntry(buffer.subarray(0, bytesRead)) ?? { plugin: 'unknown', sha256: 'unknown' };
    return { ...about, path, bytes, usedAt };
  }

  async #removeAbandoned(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names.filter((one) => /\.translation\../.test(one))) {
      const path = join(this.#folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
  }
}

let version: string | undefined;

/** The version of jco that is installed: another one may translate otherwise. */
function translatorVersion(): string {
  if (version === undefined) {
    const component = import.meta.resolve('@bytecodealliance/jco-transpile/component');
    version = (JSON.parse(readFileSync(new URL('../package.json', component), 'utf8')) as { version: string })
      .version;
  }
  return version;
}
