// Translations kept on disk, so that the next process need not make them again. A file an entry, named after all that
// the translation depends on.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TranslatedComponent } from '../translation.js';
import { decodeEntry, type EntryAbout, encodeEntry, peekEntry } from './cache-entry.js';
import { type CachedFile, FileCache } from './file-cache.js';

/** To be raised with every change of what a translation is made to be; a test says when. */
export const TRANSLATION_FORMAT = 4;

/** Entries beyond this are removed, the longest unused first. */
const LARGEST_BYTES = 1024 ** 3;

/** As much of an entry as holds its header. */
const HEADER_BYTES = 64 * 1024;

/** One entry, as listed. */
export interface CacheEntry extends EntryAbout {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: Date;
}

/** The translations in one folder. Safe to use from any number of processes at once. */
export class TranslationCache {
  readonly #files: FileCache;

  /** @param largestBytes of all entries together */
  constructor(folder: string, largestBytes: number = LARGEST_BYTES) {
    this.#files = new FileCache(folder, '.translation', largestBytes);
  }

  /** The translation of the component with that hash, or undefined when there is none that can be trusted. */
  async read(sha256: string): Promise<TranslatedComponent | undefined> {
    const content = await this.#files.read(keyOf(sha256));
    try {
      const entry = content === undefined ? undefined : decodeEntry(content);
      return entry?.about.sha256 === sha256 ? entry.translation : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a translation, and makes room for it. */
  async write(about: EntryAbout, translation: TranslatedComponent): Promise<void> {
    await this.#files.write(keyOf(about.sha256), encodeEntry(about, translation));
  }

  /** What there is, the latest used first. */
  async list(): Promise<CacheEntry[]> {
    return (await this.#files.list(aboutOf)).map(entryOf);
  }

  /** Removes the longest unused entries until the rest have at most `largestBytes`. @returns what was removed */
  async prune(largestBytes: number): Promise<CacheEntry[]> {
    return (await this.#files.prune(largestBytes, aboutOf)).map(entryOf);
  }
}

function keyOf(sha256: string): string {
  const key = [sha256, TRANSLATION_FORMAT, translatorVersion()].join(' ');
  return createHash('sha256').update(key).digest('hex');
}

async function aboutOf(file: FileHandle): Promise<EntryAbout> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return peekEntry(buffer.subarray(0, bytesRead)) ?? { plugin: 'unknown', sha256: 'unknown' };
}

function entryOf({ path, bytes, usedAt, about }: CachedFile & { readonly about: EntryAbout }): CacheEntry {
  return { ...about, path, bytes, usedAt };
}

let version: string | undefined;

/** The version of jco that is installed: another one may translate otherwise. */
function translatorVersion(): string {
  if (version === undefined) {
    const component = createRequire(import.meta.url).resolve('@bytecodealliance/jco-transpile/component');
    const manifest = readFileSync(join(dirname(component), '../package.json'), 'utf8');
    version = (JSON.parse(manifest) as { version: string }).version;
  }
  return version;
}
