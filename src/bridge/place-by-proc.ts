// Places on Linux. A step is `open` on `/proc/self/fd/<directory>/<name>`, which starts at the very directory
// that is held, as `openat` would; with O_PATH it takes hold of the thing without opening it, so that a FIFO
// cannot block and a device notices nothing.

import {
  type BigIntStats,
  closeSync,
  constants,
  type Dir,
  fstatSync,
  opendirSync,
  openSync,
  readlinkSync,
} from 'node:fs';
import { checkName, type Name } from './name.js';
import { systemErrorCode } from './path-error.js';
import type { Place } from './place.js';

// Missing in `constants`; the same on every architecture that Node runs on under Linux.
const O_PATH = 0o10000000;
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const ENTRIES_AT_ONCE = 128;
const FINDING_TRIES = 16;
const RELEASED = -1;

class ProcPlace implements Place {
  readonly stats: BigIntStats;
  target?: Buffer;
  #fd: number;

  /** Owns `fd` from here on, whether this throws or not. */
  constructor(fd: number) {
    this.#fd = fd;
    try {
      this.stats = fstatSync(fd, { bigint: true });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  get fd(): number {
    return this.#fd;
  }

  find(name: Name): Place {
    checkName(name);
    const directory = `${this.#path}/`;
    const path = typeof name === 'string' ? directory + name : Buffer.concat([Buffer.from(directory), name]);
    for (let tries = 1; ; tries += 1) {
      const found = new ProcPlace(openSync(path, O_PATH | constants.O_NOFOLLOW));
      if (!found.stats.isSymbolicLink()) return found;
      try {
        found.target = readlinkSync(path, 'buffer');
        return found;
      } catch (error) {
        found.release();
        // No link any more: it was exchanged for something else in between.
        if (systemErrorCode(error) !== 'EINVAL' || tries === FINDING_TRIES) throw error;
      }
    }
  }

  reopen(): Place {
    return new ProcPlace(openSync(this.#path, READ));
  }

  entries(): Dir {
    const encoding = 'buffer' as BufferEncoding;
    return opendirSync(this.#path, { encoding, bufferSize: ENTRIES_AT_ONCE });
  }

  release(): void {
    if (this.#fd === RELEASED) return;
    closeSync(this.#fd);
    this.#fd = RELEASED;
  }

  get #path(): string {
    return `/proc/self/fd/${this.#fd}`;
  }
}

/** The directory at a trusted absolute path, open for reading. */
export function openProcPlace(path: string): Place {
  return new ProcPlace(openSync(path, READ | constants.O_DIRECTORY));
}

/** The thing that an open descriptor stands for; owns the descriptor. */
export function procPlaceOf(fd: number): Place {
  return new ProcPlace(fd);
}
