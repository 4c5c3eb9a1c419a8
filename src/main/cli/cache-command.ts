// `sandpool cache`: what is kept on disk, and removing it.

import { defaultCacheFolder } from '../component/cache/cache-folder.js';
import { type CacheEntry, TranslationCache } from '../component/cache/translation-cache.js';
import type { Terminal } from './terminal.js';
import { bytes as size } from './units.js';

const MEBIBYTE = 1024 * 1024;

/** Lists the entries. @returns the exit code */
export async function listCache({ json }: { readonly json?: true }, { stdout }: Terminal): Promise<number> {
  const folder = defaultCacheFolder();
  const entries = await new TranslationCache(folder).list();
  if (json === true) {
    stdout.json({ folder, entries: entries.map(shown) });
    return 0;
  }
  for (const { sha256, bytes, usedAt, plugin } of entries) {
    stdout.line(`${sha256.slice(0, 12)}  ${size(bytes).padStart(10)}  ${usedAt.toISOString()}  ${plugin}`);
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
  const removed = await new TranslationCache(folder).prune(keep * MEBIBYTE);
  if (json === true) stdout.json({ folder, removed: removed.map(shown) });
  else stdout.line(`removed ${summary(removed)} from ${folder}`);
  return 0;
}

function shown({ sha256, plugin, bytes, usedAt }: CacheEntry): object {
  return { sha256, plugin, sizeBytes: bytes, usedAt: usedAt.toISOString() };
}

function summary(entries: readonly CacheEntry[]): string {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  return `${entries.length} ${entries.length === 1 ? 'translation' : 'translations'}, ${size(total)}`;
}
