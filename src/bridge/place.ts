// Something found in a directory by one name and held, so that it stays the same thing whatever is done to
// its name. Paths are walked in steps of this: no step follows a link, blocks, or opens a device.

import { type BigIntStats, type Dir, existsSync } from 'node:fs';
import type { Name } from './name.js';
import { openPathPlace, pathPlaceOf } from './place-by-path.js';
import { openProcPlace, procPlaceOf } from './place-by-proc.js';

/** A held file, directory, link or other thing of the file system. Errors are system errors (`code`). */
export interface Place {
  /** What it was when it was found. Of a link, the link's own. */
  readonly stats: BigIntStats;
  /** Of a link, where it says it leads. */
  readonly target?: Buffer;
  /** An open descriptor of it. It can be read from only after {@link Place.reopen}. */
  readonly fd: number;
  /** What `name` is in this directory; a link is found, never followed. `EPERM` for what is no name. */
  find(name: Name): Place;
  /** This file or directory, open for reading. */
  reopen(): Place;
  /** The entries of this directory, read as they are asked for; names are bytes. */
  entries(): Dir;
  /** Lets go of it. Idempotent; nothing else may be called afterwards. */
  release(): void;
}

// Node has no `openat`; on Linux this stands in for it. It may be missing in a bare container.
const viaProc = process.platform === 'linux' && existsSync('/proc/self/fd');

/**
 * The directory at an absolute host path that the caller trusts, links in it included.
 *
 * @throws a system error when it is not there, not a directory, or cannot be read.
 */
export function openTrustedDirectory(path: string): Place {
  return viaProc ? openProcPlace(path) : openPathPlace(path);
}

/**
 * The directory that a descriptor stands for, which {@link openTrustedDirectory} or a place of it opened in
 * this same thread. The place owns the descriptor.
 *
 * @throws a system error when there is no such descriptor.
 */
export function placeOfDescriptor(fd: number): Place {
  return viaProc ? procPlaceOf(fd) : pathPlaceOf(fd);
}
