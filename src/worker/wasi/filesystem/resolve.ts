// Walks a path of the guest inside one directory, resolving links by itself so that nothing outside is ever
// reached, in the order in which a kernel that confines a lookup would meet each error.

import { isUtf8 } from 'node:buffer';
import { PathError } from '../../../bridge/path-error.js';
import type { Place } from '../../../bridge/place.js';

/** What to do with a link that the path ends in. */
export type LastLink = 'follow' | 'keep';

const MAXIMUM_LINKS = 40;
/** As on Linux, its closing zero included. */
const MAXIMUM_PATH_BYTES = 4096;
/** So deep the directories on the way are kept open; `..` below that walks down again from the top. */
const HELD_DIRECTORIES = 64;

/**
 * Where a link says it leads.
 *
 * @throws a system error: `EINVAL` for what is no link, `EILSEQ` for bytes that are not UTF-8.
 */
export function targetOf(link: Place): string {
  if (link.target === undefined) throw new PathError('EINVAL');
  if (!isUtf8(link.target)) throw new PathError('EILSEQ');
  return link.target.toString();
}

/** Whether what a path ends in must be a directory. */
function endsInDirectory(path: string): boolean {
  return /(^|\/)\.{0,2}$/.test(path);
}

/** The directories from the top down to where the walk has come to. */
class Trail {
  readonly #top: Place;
  readonly #names: string[] = [];
  /** The last of the directories that the names lead through, at most {@link HELD_DIRECTORIES}. */
  #held: Place[] = [];

  constructor(top: Place) {
    this.#top = top;
  }

  /** Where the walk is. */
  get current(): Place {
    return this.#held.at(-1) ?? this.#top;
  }

  enter(name: string, place: Place): void {
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
  if (path === '') throw new PathError('ENOENT');
  if (path.includes('\0')) throw new PathError('EINVAL');
  if (Buffer.byteLength(path) >= MAXIMUM_PATH_BYTES) throw new PathError('ENAMETOOLONG');
  const trail = new Trail(base);
  try {
    return walk(trail, path, last);
  } finally {
    trail.release();
  }
}

function walk(trail: Trail, path: string, last: LastLink): Place {
  let links = 0;
  let directoryWanted = endsInDirectory(path);
  const ahead: string[] = [];
  const push = (text: string): void => {
    if (text.startsWith('/')) throw new PathError('EPERM');
    const names = text.split('/').filter((name) => name !== '' && name !== '.');
    for (const name of names.reverse()) ahead.push(name);
  };
  push(path);
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === '..') {
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
    const target = targetOf(found);
    if (target === '') throw new PathError('ENOENT');
    if (isLast) directoryWanted ||= endsInDirectory(target);
    push(target);
  }
  return trail.take();
}
