// Places where there is no `/proc`, as on macOS and Windows: paths, checked after every use. What is opened is
// compared with what was found and with where its path then truly leads, and a name that changes in between is
// refused. A program outside the sandbox that exchanges a directory for a link and back again within one
// system call, and only such a program, could still have a name looked up elsewhere; SECURITY.md says so.

import {
  type BigIntStats,
  closeSync,
  constants,
  type Dir,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { checkName, type Name } from './name.js';
import { PathError } from './path-error.js';
import type { Place } from './place.js';
import { isPlainWindowsName } from './windows-names.js';

// Windows has neither of the last two; it has no FIFOs in directories either.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const NOT_OPEN = -1;

// A descriptor alone does not say where it was opened, and these places need to know.
const openDirectories = new Map<number, PathPlace>();

function isSame(left: BigIntStats, right: BigIntStats): boolean {
  return left.dev === right.dev && left.ino === right.ino;
}

class PathPlace implements Place {
  readonly stats: BigIntStats;
  target?: Buffer;
  readonly #path: string;
  readonly #root: string;
  #fd: number;

  constructor(path: string, root: string, stats: BigIntStats, fd: number) {
    this.#path = path;
    this.#root = root;
    this.stats = stats;
    this.#fd = fd;
    if (fd !== NOT_OPEN && stats.isDirectory()) openDirectories.set(fd, this);
  }

  get fd(): number {
    return this.#fd;
  }

  find(name: Name): Place {
    const path = this.#child(name);
    const found = new PathPlace(path, this.#root, lstatSync(path, { bigint: true }), NOT_OPEN);
    if (found.stats.isSymbolicLink()) found.target = readlinkSync(path, 'buffer');
    this.#checkUnmoved();
    return found;
  }

  reopen(): Place {
    if (!this.stats.isFile() && !this.stats.isDirectory()) throw new PathError('EPERM');
    const fd = openSync(this.#path, READ);
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (!isSame(stats, this.stats)) throw new PathError('EPERM');
      this.#checkUnmoved();
      return new PathPlace(this.#path, this.#root, stats, fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  entries(): Dir {
    const directory = opendirSync(this.#path, { encoding: 'buffer' as BufferEncoding });
    try {
      this.#checkUnmoved();
      return directory;
    } catch (error) {
      directory.closeSync();
      throw error;
    }
  }

  release(): void {
    if (this.#fd === NOT_OPEN) return;
    openDirectories.delete(this.#fd);
    closeSync(this.#fd);
    this.#fd = NOT_OPEN;
  }

  #child(name: Name): string {
    checkName(name);
    // All names are Unicode where this is used.
    if (typeof name !== 'string') throw new PathError('ENOENT');
    if (process.platform === 'win32' && !isPlainWindowsName(name)) throw new PathError('ENOENT');
    return join(this.#path, name);
  }

  #checkUnmoved(): void {
    const real = realpathSync.native(this.#path);
    const inside =
      real === this.#root || real.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep);
    if (!inside || !isSame(statSync(real, { bigint: true }), this.stats)) throw new PathError('EPERM');
  }
}

/** The directory at a trusted absolute path, open for reading. */
export function openPathPlace(path: string): Place {
  const real = realpathSync.native(path);
  const stats = statSync(real, { bigint: true });
  if (!stats.isDirectory()) throw new PathError('ENOTDIR');
  return new PathPlace(real, real, stats, NOT_OPEN).reopen();
}

/** The directory that this thread opened as a place, by its descriptor. */
export function pathPlaceOf(fd: number): Place {
  const place = openDirectories.get(fd);
  if (place === undefined) throw new PathError('EBADF');
  return place;
}
