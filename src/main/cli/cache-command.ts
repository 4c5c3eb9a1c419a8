// `sandpool cache`: what is kept on disk, and removing it.

import { defaultCacheFolder } from '../component/cache/cache-folder.js';
import { CodeCache } from '../component/cache/code-cache.js';
import type { CachedFile } from '../component/cache/file-cache.js';
import { TranslationCache } from '../component/cache/translation-cache.js';
import { DownloadCache } from '../download/download-cache.js';
import type { Terminal } from './terminal.js';
import { bytes as size } from './units.js';

const MEBIBYTE = 1024 * 1024;

const NOUNS = { translation: 'translation', download: 'fetched file', code: 'compiled script' };

type Kind = keyof typeof NOUNS;

/** A file of one of the caches. */
interface Kept {
  readonly kind: Kind;
  /** Of the plugin that was translated, of the file that was fetched, or of what was compiled and for which engine. */
  readonly sha256: string;
  /** What was translated. */
  readonly plugin?: string;
  readonly bytes: number;
  readonly usedAt: Date;
}

/** Lists the entries. @returns the exit code */
export async function listCache({ json }: { readonly json?: true }, { stdout }: Terminal): Promise<number> {
  const folder = defaultCacheFolder();
  const entries = await new Caches(folder).list();
  if (json === true) {
    stdout.json({ folder, entries: entries.map(shown) });
    return 0;
  }
  for (const { kind, sha256, bytes, usedAt, plugin } of entries) {
    const name = plugin ?? (kind === 'code' ? 'compiled' : 'fetched');
    stdout.line(`${sha256.slice(0, 12)}  ${size(bytes).padStart(10)}  ${usedAt.toISOString()}  ${name}`);
  }
  stdout.line(`${summary(entries)} in ${folder}`);
  return 0;
}

/** Removes entries until no more than `keep` MiB are left. @returns the exit code */
export async function pruneCache(
  { keep, json }: { readonly keep: number; readonly json?: true },
  { stdout }: Terminal,
): Promise<number> {
  const folder = defaultCacheFolder();
  const removed = await new Caches(folder).prune(keep * MEBIBYTE);
  if (json === true) stdout.json({ folder, removed: removed.map(shown) });
  else stdout.line(`removed ${summary(removed)} from ${folder}`);
  return 0;
}

/** What a folder holds of every kind. */
class Caches {
  readonly #caches: readonly Cache[];

  constructor(folder: string) {
    this.#caches = [
      cacheOf('translation', new TranslationCache(folder), (entry) => entry),
      cacheOf('download', new DownloadCache({ folder, icpPackages: 'none' }), byKey),
      cacheOf('code', new CodeCache(folder), byKey),
    ];
  }

  /** The latest used first. */
  async list(): Promise<Kept[]> {
    return latestFirst(await Promise.all(this.#caches.map((cache) => cache.list())));
  }

  /** Removes the longest unused, of any kind, until the rest have at most `largestBytes`. */
  async prune(largestBytes: number): Promise<Kept[]> {
    const kept = { translation: 0, download: 0, code: 0 };
    let bytes = 0;
    for (const entry of await this.list()) {
      bytes += entry.bytes;
      if (bytes > largestBytes) break;
      kept[entry.kind] += entry.bytes;
    }
    return latestFirst(await Promise.all(this.#caches.map((cache) => cache.prune(kept[cache.kind]))));
  }
}

/** Files of one kind. */
interface Cache {
  readonly kind: Kind;
  list(): Promise<Kept[]>;
  prune(largestBytes: number): Promise<Kept[]>;
}

/** @param about what is told of a file of the kind */
function cacheOf<File>(
  kind: Kind,
  files: { list(): Promise<File[]>; prune(largestBytes: number): Promise<File[]> },
  about: (file: File) => Omit<Kept, 'kind'>,
): Cache {
  const kept = (file: File): Kept => ({ ...about(file), kind });
  return {
    kind,
    list: async () => (await files.list()).map(kept),
    prune: async (largestBytes) => (await files.prune(largestBytes)).map(kept),
  };
}

function byKey({ key: sha256, bytes, usedAt }: CachedFile): Omit<Kept, 'kind'> {
  return { sha256, bytes, usedAt };
}

function latestFirst(kinds: readonly Kept[][]): Kept[] {
  return kinds.flat().sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
}

function shown({ kind, sha256, plugin, bytes, usedAt }: Kept): object {
  return { kind, sha256, plugin, sizeBytes: bytes, usedAt: usedAt.toISOString() };
}

function summary(entries: readonly Kept[]): string {
  const counts = Object.entries(NOUNS).map(([kind, noun]) => {
    const files = entries.filter((entry) => entry.kind === kind);
    return files.length === 0 && kind !== 'translation' ? [] : [counted(files, noun)];
  });
  return counts.flat().join('; ');
}

function counted(entries: readonly Kept[], noun: string): string {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  return `${entries.length} ${noun}${entries.length === 1 ? '' : 's'}, ${size(total)}`;
}
