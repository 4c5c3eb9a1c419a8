// Which file is meant.

import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** `file` without links, so that one file has one log beside it. */
export function resolvedFile(file: string): string {
  const path = resolve(file);
  try {
    return realpathSync(path);
  } catch {
    // It is not there yet; its folder may be reached through links all the same.
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
