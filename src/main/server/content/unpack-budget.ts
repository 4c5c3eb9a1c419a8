// What unpacking one archive has cost so far, against its limits: asked before every step, so that a bomb is stopped
// where it passes a limit and not after.

import { type BundleLimits, overLimit } from './bundle-limits.js';
import type { StorageShare } from './storage-account.js';
import { stopIfCancelled } from './upload.js';

/** What may stop unpacking from outside, and what it is measured with. */
export interface UnpackControl {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that only grow. @default performance.now */
  readonly now?: (() => number) | undefined;
  /** Is charged for what is written: {@link ENTRY_BYTES} for each file and directory, and the files' bytes. */
  readonly share?: StorageShare | undefined;
}

/** What a file or directory is charged beside its content: about what a file system needs for it. */
export const ENTRY_BYTES = 4096;

/** The account of one archive being unpacked. */
export class UnpackBudget {
  readonly limits: BundleLimits;
  readonly #control: UnpackControl;
  readonly #startedAt: number;
  #entries = 0;
  #archiveBytes = 0;
  #inflatedBytes = 0;
  #unpackedBytes = 0;

  constructor(limits: BundleLimits, control: UnpackControl) {
    this.limits = limits;
    this.#control = control;
    this.#startedAt = this.#now();
  }

  /** Of all files so far. */
  get unpackedBytes(): number {
    return this.#unpackedBytes;
  }

  /** @throws SandpoolError when the time is up or the signal was given */
  check(): void {
    stopIfCancelled(this.#control.signal);
    if (this.#now() - this.#startedAt > this.limits.timeMs) throw overLimit('timeMs', this.limits);
  }

  /** Bytes of the archive are read. */
  read(bytes: number): void {
    this.check();
    this.#archiveBytes += bytes;
  }

  /** Bytes have come out of a decompressor. */
  inflate(bytes: number): void {
    this.check();
    this.#inflatedBytes += bytes;
    const { compressionFreeBytes, compressionRatio } = this.limits;
    if (this.#inflatedBytes <= compressionFreeBytes) return;
    if (this.#inflatedBytes > this.#archiveBytes * compressionRatio)
      throw overLimit('compressionRatio', this.limits);
  }

  /** One more file or directory. */
  addEntry(): void {
    this.check();
    this.#entries += 1;
    if (this.#entries > this.limits.entries) throw overLimit('entries', this.limits);
    this.#control.share?.charge(ENTRY_BYTES);
  }

  /** A file says how large it is: what cannot fit is refused before any of it is read. */
  announce(bytes: number, entry: string): void {
    if (bytes > this.limits.fileBytes) throw overLimit('fileBytes', this.limits, entry);
    if (this.#unpackedBytes + bytes > this.limits.unpackedBytes)
      throw overLimit('unpackedBytes', this.limits);
  }

  /** Bytes of a file are about to be written. */
  write(bytes: number): void {
    this.check();
    this.#unpackedBytes += bytes;
    if (this.#unpackedBytes > this.limits.unpackedBytes) throw overLimit('unpackedBytes', this.limits);
    this.#control.share?.charge(bytes);
  }

  #now(): number {
    return (this.#control.now ?? performance.now.bind(performance))();
  }
}
