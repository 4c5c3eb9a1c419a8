// Everything below a folder, as plain data: two of them are equal when nothing has been added, removed or changed.

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** By path: what it is, with its mode, and the hash of what a file holds. */
export function treeSnapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string) => {
    const status = lstatSync(path);
    const name = relative(folder, path).split(sep).join('/') || '.';
    const mode = (status.mode & 0o7777).toString(8);
    if (status.isDirectory()) {
      found[name] = `directory ${mode}`;
      for (const child of readdirSync(path)) visit(join(path, child));
    } else if (status.isSymbolicLink()) found[name] = `link to ${readlinkSync(path)}`;
    else if (status.isFile()) found[name] = `file ${mode} ${sha256(readFileSync(path))}`;
    else found[name] = `other ${status.mode}`;
  };
  visit(folder);
  return found;
}

/** In hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
