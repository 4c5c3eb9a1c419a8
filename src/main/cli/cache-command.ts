// `sandpool cache`: what is kept on disk, and removing it.

import { defaultCacheFolder } from '../component/cache/cache-folder.js';
import { TranslationCache } from '../component/cache/translation-cache.js';
import { DownloadCache } from '../download/download-cache.js';
import type { Terminal } from './terminal.js';
import { bytes as size } from './units.js';

const MEBIBYTE = 1024 * 1024;

/** A file of one of the caches. */
interface Kept {
  readonly kind: 'translation' | 'download';
  /** Of the plugin that was translated, or of the file that was fetched. */
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
  for (const { sha256, bytes, usedAt, plugin } of entries) {
    const name = plugin ?? 'fetched';
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

/** What a folder holds of both kinds. */
class Caches {
  readonly #translations: TranslationCache;
  readonly #downloads: DownloadCache;

  constructor(folder: string) {
    this.#translations = new TranslationCache(folder);
    this.#downloads = new DownloadCache({ folder, icpPackages: 'none' });
  }

  /** The latest used first. */
  async list(): Promise<Kept[]> {
    const [translations, downloads] = await Promise.all([this.#translations.list(), this.#downloads.list()]);
    return merged(translations, downloads);
  }

  /** Removes the longest unused, of either kind, until the rest have at most `largestBytes`. */
  async prune(largestBytes: number): Promise<Kept[]> {
    const kept = { translation: 0, download: 0 };
    let bytes = 0;
    for (const entry of await this.list()) {
      bytes += entry.bytes;
      if (bytes > largestBytes) break;
      kept[entry.kind] += entry.bytes;
    }
    const translations = await this.#translations.prune(kept.translation);
    return merged(translations, await this.#downloads.prune(kept.download));
  }
}

function merged(
  translations: Awaited<ReturnType<TranslationCache['list']>>,
  downloads: Awaited<ReturnType<DownloadCache['list']>>,
): Kept[] {
  const kept: Kept[] = [
    ...translations.map((entry) => ({ ...entry, kind: 'translation' as const })),
    ...downloads.map((file) => ({ ...file, kind: 'download' as const, sha256: file.key })),
  ];
  return kept.sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
}

function shown({ kind, sha256, plugin, bytes, usedAt }: Kept): object {
  return { kind, sha256, plugin, sizeBytes: bytes, usedAt: usedAt.toISOString() };
}

function summary(entries: readonly Kept[]): string {
  const downloads = entries.filter(({ kind }) => kind === 'download');
  const translations = counted(
    entries.filter(({ kind }) => kind === 'translation'),
    'translation',
  );
  return downloads.length === 0 ? translations : `${translations}; ${counted(downloads, 'fetched file')}`;
}

function counted(entries: readonly Kept[], noun: string): string {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  return `${entries.length} ${noun}${entries.length === 1 ? '' : 's'}, ${size(total)}`;
}
