// One output stream of a run: bytes in, clean lines out as they happen, up to a cap.

import { cleanLine } from '../bridge/clean-text.js';
import type { OutputSink } from './wasi/host.js';

/** What an {@link OutputCapture} is made with. */
export interface OutputCaptureOptions {
  /** The stream, for the closing note. */
  readonly stream: 'stdout' | 'stderr';
  /** The most bytes taken in. @default 1048576 */
  readonly limitBytes?: number;
  /** Called with every line, without its end and without anything that drives a terminal. Must not throw. */
  readonly onLine: (line: string) => void;
}

const DEFAULT_LIMIT_BYTES = 1024 * 1024;
/** A longer line is given out in pieces of this size. */
const LINE_BYTES = 8192;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const utf8 = new TextDecoder();

/** How many bytes the UTF-8 character that begins with `lead` has; 1 for what is no beginning. */
function characterBytes(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}

/** How many of the `length` bytes can be given out without cutting a character that is still to be completed. */
function wholeCharacters(bytes: Uint8Array, length: number): number {
  for (let start = length - 1; start >= length - 3; start -= 1) {
    const byte = bytes[start] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return start + characterBytes(byte) > length ? start : length;
  }
  return length;
}

/**
 * Collects bytes into lines. A line ends with a line feed, or with a carriage return, as the steps of a progress
 * bar do. What is not UTF-8 becomes U+FFFD.
 *
 * @example
 * ```ts
 * const capture = new OutputCapture({ stream: 'stdout', onLine: (line) => lines.push(line) });
 * capture.write(new TextEncoder().encode('one\ntwo'));
 * capture.finish(); // lines is now ['one', 'two']
 * ```
 */
export class OutputCapture implements OutputSink {
  readonly #stream: string;
  readonly #onLine: (line: string) => void;
  readonly #line = new Uint8Array(LINE_BYTES);
  #lineBytes = 0;
  #leftBytes: number;
  #droppedBytes = 0;
  #afterCarriageReturn = false;
  /** Whether the line's beginning has been given out already. */
  #begun = false;
  #finished = false;

  constructor(options: OutputCaptureOptions) {
    this.#stream = options.stream;
    this.#onLine = options.onLine;
    this.#leftBytes = options.limitBytes ?? DEFAULT_LIMIT_BYTES;
  }

  /** How many bytes were over the cap so far. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#finished) return;
    const taken = Math.min(bytes.length, this.#leftBytes);
    this.#leftBytes -= taken;
    this.#droppedBytes += bytes.length - taken;
    for (let index = 0; index < taken; index += 1) this.#take(bytes[index] ?? 0);
  }

  /** Gives out what is left of the last line, and a note if anything was dropped. Idempotent; later bytes are ignored. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#lineBytes > 0) this.#emit(this.#lineBytes);
    if (this.#droppedBytes > 0) {
      this.#onLine(`[${this.#stream} truncated: ${this.#droppedBytes} bytes dropped]`);
    }
  }

  #take(byte: number): void {
    if (byte === LINE_FEED) {
      this.#afterCarriageReturn = false;
      if (this.#lineBytes > 0 || !this.#begun) this.#emit(this.#lineBytes);
      this.#begun = false;
      return;
    }
    // Only now is it known that the carriage return was not the first half of a line's end.
    if (this.#afterCarriageReturn && this.#lineBytes > 0) this.#emit(this.#lineBytes);
    this.#afterCarriageReturn = byte === CARRIAGE_RETURN;
    if (this.#afterCarriageReturn) return;
    this.#line[this.#lineBytes] = byte;
    this.#lineBytes += 1;
    if (this.#lineBytes < LINE_BYTES) return;
    this.#emit(wholeCharacters(this.#line, LINE_BYTES));
    this.#begun = true;
  }

  #emit(bytes: number): void {
    const text = utf8.decode(this.#line.subarray(0, bytes));
    this.#line.copyWithin(0, bytes, this.#lineBytes);
    this.#lineBytes -= bytes;
    this.#onLine(cleanLine(text, LINE_BYTES));
  }
}
