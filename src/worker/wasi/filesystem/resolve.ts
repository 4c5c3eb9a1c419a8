// Walks a path of the guest inside one directory, resolving links by itself so that nothing outside is ever
// reached, in the order in which a kernel that confines a lookup would meet each error.

import { isUtf8 } from 'node:buffer';
import type { Name } from '../../../bridge/name.js';
import { PathError } from '../../../bridge/path-error.js';
import type { Place } from '../../../bridge/place.js';

/** What to do with a link that the path ends in. */
export type LastLink = 'follow' | 'keep';

const UP = '..';
const MAXIMUM_LINKS = 40;
/** As on Linux, its closing zero included. */
const MAXIMUM_PATH_BYTES = 4096;
/** So deep the directories on the way are kept open; `..` below that walks down again from the top. */
const HELD_DIRECTORIES = 64;

/** A path in pieces, the last of them first, as they are walked from the end of a list. */
interface Pieces {
  readonly names: Name[];
  /** Whether what the path ends in must be a directory. */
  readonly directoryWanted: boolean;
}

function piecesOf(path: string | Buffer): Pieces {
  if (typeof path !== 'string') {
    if (isUtf8(path)) return piecesOf(path.toString());
    const { names, directoryWanted } = piecesOf(path.toString('latin1'));
    const bytes = names.map((name) => (name === UP ? UP : Buffer.from(name as string, 'latin1')));
    return { names: bytes, directoryWanted };
  }
  if (path === '') throw new PathError('ENOENT');
  if (path.startsWith('/')) throw new PathError('EPERM');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return { names: names.reverse(), directoryWanted: /(^|\/)\.{0,2}$/.test(path) };
}

/** The directories from the top down to where the walk has come to. */
class Trail {
  readonly #top: Place;
  readonly #names: Name[] = [];
  /** The last of the directories that the names lead through, at most {@link HELD_DIRECTORIES}. */
  #held: Place[] = [];

  constructor(top: Place) {
    this.#top = top;
  }

  /** Where the walk is. */
  get current(): Place {
    return this.#held.at(-1) ?? this.#top;
  }

  enter(name: Name, place: Place): void {
    this.#names.push(name);
    this.#held.push(place);
    if (this.#held.length > HELD_DIRECTORIES) this.#held.shift()?.release();
  }

  leave(): void {
    if (this.#names.pop() === undefined) throw new PathError('EPERM');
    this.#held.pop()?.release();
    if (this.#held.length === 0) this.#walkDown();
  }

  /** Gives away the place where the walk is, or another hold of the top. */
  take(): Place {
    return this.#held.pop() ?? this.#top.reopen();
  }

  release(): void {
    for (const place of this.#held) place.release();
    this.#held = [];
  }

  // The names were directories and no links when they were passed. Should one have become something else
  // meanwhile, the walk ends there: it does not follow.
  #walkDown(): void {
    for (const name of this.#names.splice(0)) {
      const place = this.current.find(name);
      this.enter(name, place);
      if (!place.stats.isDirectory()) throw new PathError('ENOTDIR');
    }
  }
}

/**
 * What `path` leads to below `base`.
 *
 * @param base a directory; `..` does not lead out of it.
 * @returns a place that the caller must release. It is a link only with `last: 'keep'`.
 * @throws a system error: `EPERM` for a path or link that leads outside.
 */
export function resolve(base: Place, path: string, last: LastLink): Place {
  const tooLong = path.length >= MAXIMUM_PATH_BYTES || Buffer.byteLength(path) >= MAXIMUM_PATH_BYTES;
  if (tooLong) throw new PathError('ENAMETOOLONG');
  if (path.includes('\0')) throw new PathError('EINVAL');
  const trail = new Trail(base);
  try {
    return walk(trail, path, last);
  } finally {
    trail.release();
  }
}

function walk(trail: Trail, path: string, last: LastLink): Place {
  let links = 0;
  let { names: ahead, directoryWanted } = piecesOf(path);
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === UP) {
      trail.leave();
      continue;
    }
    const isLast = ahead.length === 0;
    const found = trail.current.find(name);
    if (found.stats.isDirectory()) {
      trail.enter(name, found);
      continue;
    }
    if (!found.stats.isSymbolicLink()) {
      if (isLast && !directoryWanted) return found;
      found.release();
      throw new PathError('ENOTDIR');
    }
    if (isLast && !directoryWanted && last === 'keep') return found;
    found.release();
    links += 1;
    if (links > MAXIMUM_LINKS) throw new PathError('ELOOP');
    const target = piecesOf(found.target ?? '');
    ahead = [...ahead, ...target.names];
    if (isLast) directoryWanted ||= target.directoryWanted;
  }
  return trail.take();
}
