// What the engine compiles of scripts, kept between processes: each of many threads would otherwise compile them anew.
// Only the main thread compiles, where no guest ever runs: the engine takes what it is given for what it once made.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { type CachedFile, FileCache } from './file-cache.js';

/** Of all that is kept. */
const LARGEST_BYTES = 64 * 1024 * 1024;
/** A longer script is not worth the time of the main thread; nor are more than so many of them. */
const LONGEST_SCRIPT = 1024 * 1024;
const MOST_MISSING = 16;
const DIGEST_BYTES = 32;

/** Compiled code in one folder. */
export class CodeCache {
  readonly #files: FileCache;
  /** What was asked for and was not there. */
  readonly #missing = new Set<string>();

  constructor(folder: string) {
    this.#files = new FileCache(join(folder, 'code'), '.code', LARGEST_BYTES);
  }

  /** What was compiled of `script` by an engine like this one, or undefined when there is none that can be trusted. */
  read(script: string): Uint8Array | undefined {
    if (script.length > LONGEST_SCRIPT) return undefined;
    const key = keyOf(script);
    const content = this.#files.readNow(key);
    const code = content?.subarray(DIGEST_BYTES);
    if (code !== undefined && digestOf(key, code).equals(content?.subarray(0, DIGEST_BYTES) as Buffer))
      return code;
    if (this.#missing.size < MOST_MISSING) this.#missing.add(script);
    return undefined;
  }

  /** What there is, the latest used first. */
  list(): Promise<CachedFile[]> {
    return this.#files.list();
  }

  /** Removes the longest unused until the rest have at most `largestBytes`. @returns what was removed */
  prune(largestBytes: number): Promise<CachedFile[]> {
    return this.#files.prune(largestBytes);
  }

  /** Compiles and keeps what was missing. */
  async complete(): Promise<void> {
    const missing = [...this.#missing];
    this.#missing.clear();
    await Promise.all(missing.map((script) => this.#write(script)));
  }

  async #write(script: string): Promise<void> {
    const key = keyOf(script);
    const code = compiled(script);
    if (code === undefined) return;
    await this.#files.write(key, [digestOf(key, code), code]);
  }
}

/** Undefined when it cannot be compiled: whoever runs it will be told. */
function compiled(script: string): Buffer | undefined {
  try {
    return wholly(() => new Script(script)).createCachedData();
  } catch {
    return undefined;
  }
}

/** Has all functions compiled at once, which are otherwise compiled when they are first called. */
function wholly(compile: () => Script): Script {
  setFlagsFromString('--no-lazy');
  try {
    return compile();
  } finally {
    // What is kept says which flags there were when it was made.
    setFlagsFromString('--lazy');
  }
}

function keyOf(script: string): string {
  return createHash('sha256').update(`${cachedDataVersionTag()} ${script}`).digest('hex');
}

function digestOf(key: string, code: Uint8Array): Buffer {
  return createHash('sha256').update(key).update(code).digest();
}
