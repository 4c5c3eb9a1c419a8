// A folder as it is on disk, to compare it with what it was: everything in it, with its content, mode and times.

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** One hash of everything in `folder`. */
export function hashOfTree(folder: string): string {
  const hash = createHash('sha256');
  const walk = (path: Buffer): void => {
    const { mode, mtimeNs, size, nlink, isDirectory, isSymbolicLink, isFile } = entryAt(path);
    // A directory's own size and times change with what is in it, and only then.
    hash.update(path).update(`\0${mode} ${mtimeNs} ${size} ${nlink}\0`);
    if (isSymbolicLink) hash.update(readlinkSync(path, { encoding: 'buffer' }));
    if (isFile && size < 1_000_000n) hash.update(readFileSync(path));
    if (!isDirectory) return;
    for (const name of readdirSync(path, { encoding: 'buffer' }).sort(Buffer.compare)) {
      walk(Buffer.concat([path, Buffer.from('/'), name]));
    }
  };
  walk(Buffer.from(folder));
  return hash.digest('hex');
}

function entryAt(path: Buffer) {
  const stats = lstatSync(path, { bigint: true });
  return {
    mode: stats.mode,
    mtimeNs: stats.mtimeNs,
    size: stats.size,
    nlink: stats.nlink,
    isDirectory: stats.isDirectory(),
    isSymbolicLink: stats.isSymbolicLink(),
    isFile: stats.isFile(),
  };
}
