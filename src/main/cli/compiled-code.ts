// The command's own code, compiled, kept between processes: a good part of the time to the first request is compiling.
// Node can do this itself from 22.1 on, and takes a tenth longer.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheFolder, ensureOwnFolder } from '../component/cache/cache-folder.js';
import { KeptChunks } from './kept-chunks.js';

/** Has compiled code kept, for what is loaded from here on. */
export function keepCompiledCode(): void {
  const folder = join(defaultCacheFolder(), 'code');
  try {
    if (!ensureOwnFolder(folder)) return;
    const file = join(folder, `node-${process.version}-${process.arch}`);
    new KeptChunks(dirname(fileURLToPath(import.meta.url)), file).install();
  } catch {
    // There is no place to keep it.
  }
}
