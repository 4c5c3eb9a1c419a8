// Lines out of the bytes that a program prints: whole, as soon as they are, and none longer than a bound.

import { StringDecoder } from 'node:string_decoder';
import { cleanLine } from '../../bridge/clean-text.js';

/** Longer lines are broken up. */
const LONGEST_LINE = 64 * 1024;

/** Takes bytes, gives lines. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';

  /** @param onLine called with each line, cleaned of what could steer a terminal */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes what was printed next. */
  push(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#give(line);
    while (this.#rest.length > LONGEST_LINE) {
      this.#give(this.#rest.slice(0, LONGEST_LINE));
      this.#rest = this.#rest.slice(LONGEST_LINE);
    }
  }

  /** Gives what has no end of line after it, when nothing more will come. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#give(rest);
  }

  #give(line: string): void {
    this.#onLine(cleanLine(line.endsWith('\r') ? line.slice(0, -1) : line, LONGEST_LINE));
  }
}
