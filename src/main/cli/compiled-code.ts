// The command's own code, compiled, kept between processes: a good part of the time to the first request is compiling.

import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheFolder, ensureOwnFolder } from '../component/cache/cache-folder.js';
import { KeptChunks } from './kept-chunks.js';

// Newer than the types of the oldest Node that is supported.
type WithCompileCache = typeof module & { enableCompileCache?(folder: string): unknown };

/** Has compiled code kept, for what is loaded from here on: by Node, which can from 22.1 on. */
export function keepCompiledCode(): void {
  const folder = join(defaultCacheFolder(), 'code');
  const { enableCompileCache } = module as WithCompileCache;
  try {
    if (!ensureOwnFolder(folder)) return;
    if (enableCompileCache !== undefined) enableCompileCache(folder);
    else {
      const file = join(folder, `node-${process.version}-${process.arch}`);
      new KeptChunks(dirname(fileURLToPath(import.meta.url)), file).install();
    }
  } catch {
    // There is no place to keep it.
  }
}
