// The command's own code, compiled, kept between processes where Node can do that (22.1 and later): a good part of the
// time to the first request is compiling.

import module from 'node:module';
import { join } from 'node:path';
import { defaultCacheFolder, ensureOwnFolder } from '../component/cache/cache-folder.js';

// Newer than the types of the oldest Node that is supported.
type WithCompileCache = typeof module & { enableCompileCache?(folder: string): unknown };

/** Has Node keep compiled code, for what is loaded from here on. Where it cannot, nothing changes. */
export function keepCompiledCode(): void {
  const folder = join(defaultCacheFolder(), 'code');
  try {
    if (ensureOwnFolder(folder)) (module as WithCompileCache).enableCompileCache?.(folder);
  } catch {
    // There is no place to keep it.
  }
}
