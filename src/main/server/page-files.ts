// The files of the page: read once when the service starts, and given from memory with what a browser may keep of them.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SandpoolError } from '../../bridge/errors.js';

/** One file, as it is sent. */
export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
  /** In quotes, as the header has it. */
  readonly etag: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = Object.freeze({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
});

/** Names with a hash of what is in them: another content is another name. */
const HASHED = /^\/assets\/.+-[\w-]{8}\.\w+$/;

/**
 * The folder that the page was built into, seen from a module of `dist/main/server/`, or from one of `dist/main/command/`,
 * where the command is bundled.
 *
 * @param moduleUrl the `import.meta.url` of a module in either
 */
export function pageFolder(moduleUrl: string = import.meta.url): string {
  const beside = fileURLToPath(new URL('./page/', moduleUrl));
  return existsSync(join(beside, 'index.html'))
    ? beside
    : fileURLToPath(new URL('../server/page/', moduleUrl));
}

/**
 * Reads the page's files.
 *
 * @returns by path: `/` is the page, the others begin with `/assets/`, and `/LICENCES.txt` is for the packages in it
 * @throws FILE_NOT_FOUND when the page was not built, FILE_UNREADABLE
 */
export async function readPageFiles(folder: string = pageFolder()): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>();
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(folder, file).split(sep).join('/')}`;
      files.set(path === '/index.html' ? '/' : path, pageFile(path, await readFile(file)));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new SandpoolError(
        'FILE_UNREADABLE',
        { path: folder, reason: (error as Error).message },
        { cause: error },
      );
    }
  }
  if (!files.has('/')) throw new SandpoolError('FILE_NOT_FOUND', { path: join(folder, 'index.html') });
  return files;
}

function pageFile(path: string, body: Buffer): PageFile {
  return {
    body,
    contentType: CONTENT_TYPES[extname(path)] ?? 'application/octet-stream',
    cacheControl: HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
  };
}
