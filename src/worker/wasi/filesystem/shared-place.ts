// An open file or directory that several handles of the guest share, closed with the last of them or at the
// end of the run.

import { PathError } from '../../../bridge/path-error.js';
import type { Place } from '../../../bridge/place.js';
import type { WasiContext } from '../context.js';

/** A place with a count of those who use it. */
export class SharedPlace {
  readonly #context: WasiContext;
  readonly #place: Place;
  readonly #forget: () => void;
  #users = 1;

  /**
   * Owns what `open` gives, for one user.
   *
   * @throws a system error: that of `open`, or `ENOMEM` when as many files as may be are open.
   */
  constructor(context: WasiContext, open: () => Place) {
    if (!context.handles.take('file')) throw new PathError('ENOMEM');
    try {
      this.#place = open();
    } catch (error) {
      context.handles.release('file');
      throw error;
    }
    this.#context = context;
    this.#forget = context.atEnd(() => {
      this.#users = 0;
      this.#place.release();
    });
  }

  /** The place. Throws a system error once it is closed: its descriptor's number may mean another file then. */
  get place(): Place {
    if (this.#users === 0) throw new PathError('EBADF');
    return this.#place;
  }

  /** Itself, for one user more. */
  share(): SharedPlace {
    this.#users += 1;
    return this;
  }

  /** Ends one use of it. */
  release(): void {
    if (this.#users === 0) return;
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#forget();
    this.#context.handles.release('file');
    this.#place.release();
  }
}
