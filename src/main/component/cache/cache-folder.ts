// Where translations are kept between processes, and whether that place can be trusted: what lies there is run.

import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Folders and files that another user could write to are left alone. */
const WRITABLE_BY_OTHERS = 0o022;

/** The user's own cache folder, as the platform has it. */
export function defaultCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'sandpool');
  if (process.platform === 'win32' && local !== undefined) return join(local, 'sandpool', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'sandpool');
  return join(homedir(), '.cache', 'sandpool');
}

/** Makes the folder unless it is there. @returns whether it is the user's own, a folder, and nobody else's to write to */
export function ensureOwnFolder(folder: string): boolean {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const status = lstatSync(folder);
  return status.isDirectory() && isOwn(status);
}

/** Follows no link and waits for no writer. Windows knows neither flag. */
const TO_READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Opens a file of the folder to read it. @returns undefined when it is not there, or not a file of the user's own */
export async function openOwnFile(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, TO_READ).catch(() => undefined);
  if (file === undefined) return undefined;
  const status = await file.stat();
  if (status.isFile() && isOwn(status)) return file;
  await file.close();
  return undefined;
}

/** The whole of such a file, at once. @returns undefined when it is not the user's own @throws when it is not there */
export function readOwnFile(path: string): Buffer | undefined {
  const file = openSync(path, TO_READ);
  try {
    const status = fstatSync(file);
    return status.isFile() && isOwn(status) ? readFileSync(file) : undefined;
  } finally {
    closeSync(file);
  }
}

function isOwn({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  // Windows keeps no such numbers; a user's folders are their own there.
  if (process.getuid === undefined) return true;
  return uid === process.getuid() && (mode & WRITABLE_BY_OTHERS) === 0;
}
