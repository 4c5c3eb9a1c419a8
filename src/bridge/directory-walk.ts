// Opens what a step declares: a directory or a file below a folder that the user trusts, by a path that is
// relative, stays inside, and neither is nor passes through a symbolic link.

import { readSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { type ErrorCode, SandpoolError } from './errors.js';
import { systemErrorCode } from './path-error.js';
import { openTrustedDirectory, type Place } from './place.js';

const SEPARATOR = process.platform === 'win32' ? /[\\/]/ : /\//;

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many open files',
  ENOTDIR: 'it is not a directory',
  EPERM: 'not permitted',
};

interface Codes {
  readonly notFound: ErrorCode;
  readonly unreadable: ErrorCode;
}
const DIRECTORY: Codes = { notFound: 'DIRECTORY_NOT_FOUND', unreadable: 'DIRECTORY_UNREADABLE' };
const FILE: Codes = { notFound: 'FILE_NOT_FOUND', unreadable: 'FILE_UNREADABLE' };

/** The names to go through one by one, `.` and `..` worked out. */
function namesOf(path: string): string[] {
  const names: string[] = [];
  const drive = process.platform === 'win32' && path.includes(':');
  if (isAbsolute(path) || drive) throw new SandpoolError('PATH_NOT_CONFINED', { path });
  for (const name of path.split(SEPARATOR)) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.pop() === undefined) throw new SandpoolError('PATH_NOT_CONFINED', { path });
  }
  return names;
}

function declaredPathError(codes: Codes, path: string, thrown: unknown): SandpoolError {
  if (thrown instanceof SandpoolError) return thrown;
  const code = systemErrorCode(thrown);
  if (code === 'ENOENT') return new SandpoolError(codes.notFound, { path }, { cause: thrown });
  const reason = code === undefined ? 'it cannot be opened' : (REASONS[code] ?? code);
  return new SandpoolError(codes.unreadable, { path, reason }, { cause: thrown });
}

/** Walks down to what `path` declares and hands it, open for reading, to `use`, which may keep it. */
function withDeclared<Value>(root: string, path: string, codes: Codes, use: (place: Place) => Value): Value {
  const names = namesOf(path);
  try {
    if (path.includes('\0')) throw new SandpoolError(codes.notFound, { path });
    let place = openTrustedDirectory(root);
    for (const [index, name] of names.entries()) {
      let found: Place;
      try {
        found = place.find(name);
      } finally {
        place.release();
      }
      place = found;
      if (place.stats.isSymbolicLink()) {
        place.release();
        const link = names.slice(0, index + 1).join('/');
        throw new SandpoolError('PATH_THROUGH_LINK', { path, link });
      }
    }
    return use(place);
  } catch (thrown) {
    throw declaredPathError(codes, path, thrown);
  }
}

function reopenAs(place: Place, kind: 'directory' | 'file', path: string): Place {
  try {
    if (kind === 'directory' && !place.stats.isDirectory()) {
      throw new SandpoolError('DIRECTORY_UNREADABLE', { path, reason: 'it is not a directory' });
    }
    // A FIFO or a device is never opened: it could block the thread for good.
    if (kind === 'file' && !place.stats.isFile()) {
      throw new SandpoolError('FILE_UNREADABLE', { path, reason: 'it is not a regular file' });
    }
    return place.reopen();
  } finally {
    place.release();
  }
}

/**
 * Opens a declared directory for a run.
 *
 * @param root an absolute host directory that the user trusts, links in it included.
 * @param path the directory below it, as declared. `..` is worked out on the text and must stay inside.
 * @returns an open descriptor, which the caller must close or hand on. It is good in this thread.
 * @throws SandpoolError `DIRECTORY_NOT_FOUND`, `DIRECTORY_UNREADABLE`, `PATH_NOT_CONFINED`, `PATH_THROUGH_LINK`.
 */
export function openGrantedDirectory(root: string, path: string): number {
  return withDeclared(root, path, DIRECTORY, (place) => reopenAs(place, 'directory', path).fd);
}

/**
 * Opens a declared file.
 *
 * @param root as of {@link openGrantedDirectory}, and so is `path`.
 * @returns the file, open for reading, which the caller must release. It is good in this thread.
 * @throws SandpoolError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `PATH_NOT_CONFINED`, `PATH_THROUGH_LINK`.
 */
export function openGrantedFile(root: string, path: string): Place {
  return withDeclared(root, path, FILE, (place) => reopenAs(place, 'file', path));
}

/**
 * Reads a declared file whole.
 *
 * @param root an absolute host directory that the user trusts, links in it included.
 * @param path the file below it, as declared. `..` is worked out on the text and must stay inside.
 * @param maximumBytes a longer file is refused.
 * @throws SandpoolError `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `PATH_NOT_CONFINED`, `PATH_THROUGH_LINK`.
 */
export function readGrantedFile(root: string, path: string, maximumBytes: number): Uint8Array {
  const place = openGrantedFile(root, path);
  try {
    return readAll(place, path, maximumBytes);
  } catch (thrown) {
    throw declaredPathError(FILE, path, thrown);
  } finally {
    place.release();
  }
}

function readAll(place: Place, path: string, maximumBytes: number): Uint8Array {
  const tooLong = (): never => {
    throw new SandpoolError('FILE_UNREADABLE', { path, reason: `it has more than ${maximumBytes} bytes` });
  };
  if (place.stats.size > BigInt(maximumBytes)) tooLong();
  // One byte more than there should be, to notice a file that grows.
  let bytes = new Uint8Array(Number(place.stats.size) + 1);
  let length = 0;
  for (;;) {
    const read = readSync(place.fd, bytes, length, bytes.length - length, length);
    if (read === 0) return bytes.subarray(0, length);
    length += read;
    if (length > maximumBytes) tooLong();
    if (length === bytes.length) {
      const longer = new Uint8Array(Math.min(2 * length, maximumBytes) + 1);
      longer.set(bytes);
      bytes = longer;
    }
  }
}
