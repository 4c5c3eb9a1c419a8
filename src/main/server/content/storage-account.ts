// How many bytes a folder of the service may hold, counted as they are written: what would pass the limit is stopped
// at that moment, however many uploads are under way together.

import { SandpoolError } from '../../../bridge/errors.js';

/** The count of one folder. */
export class StorageAccount {
  readonly #folder: string;
  readonly #limitBytes: number;
  #usedBytes = 0;

  /** @param limitBytes the most it may hold; infinite when there is no limit */
  constructor(folder: string, limitBytes = Number.POSITIVE_INFINITY) {
    if (!(limitBytes >= 0)) {
      const value = String(limitBytes);
      throw new SandpoolError('INVALID_OPTION', { option: 'totalBytes', bound: 'a number from 0', value });
    }
    this.#folder = folder;
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What is there already counts, over the limit or not. */
  adopt(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Counts bytes before they are written. @throws SandpoolError `STORAGE_FULL`, and counts nothing */
  charge(bytes: number): void {
    if (this.#usedBytes + bytes > this.#limitBytes) {
      const reason = `it may hold ${this.#limitBytes} bytes, and has ${this.#usedBytes}`;
      throw new SandpoolError('STORAGE_FULL', { folder: this.#folder, reason });
    }
    this.#usedBytes += bytes;
  }

  /** What is no longer there. */
  release(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** A part of the count that is given back as a whole. */
  share(): StorageShare {
    return new StorageShare(this);
  }
}

/** What one upload has been charged so far. */
export class StorageShare {
  readonly #account: StorageAccount;
  #bytes = 0;

  constructor(account: StorageAccount) {
    this.#account = account;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @throws SandpoolError `STORAGE_FULL` */
  charge(bytes: number): void {
    this.#account.charge(bytes);
    this.#bytes += bytes;
  }

  /** Gives everything back; nothing more is left of it. */
  release(): void {
    this.#account.release(this.#bytes);
    this.#bytes = 0;
  }
}
