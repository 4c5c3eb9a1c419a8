// The two streams of the command: results on stdout, everything else on stderr. All text goes through here, a
// whole line at a time, and nothing a plugin, a file or a network wrote gets out of its line or moves the cursor.

import type { WriteStream } from 'node:tty';
import { cleanLine } from '../../bridge/clean-text.js';

/** How a piece of text looks on a terminal that has colours. */
export type Look = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

/** A line, in pieces: plain text, or text with a look. */
export type Line = string | readonly (string | readonly [look: Look, text: string])[];

const LONGEST_LINE = 64 * 1024;
const USUAL_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[2K';

/** One stream of the process. */
export class Stream {
  readonly #stream: NodeJS.WriteStream;
  #colours: boolean;
  #live: boolean;
  #closed = false;
  #status = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    const terminal: Partial<WriteStream> = stream;
    this.#live = stream.isTTY === true;
    this.#colours = this.#live && terminal.hasColors?.() === true;
    // Whoever read may have gone away: that is no reason to leave updates half done, only to say no more.
    stream.on('error', () => {
      this.#closed = true;
    });
  }

  /** From now on as if it were no terminal. */
  makePlain(): void {
    this.status('');
    this.#live = false;
    this.#colours = false;
  }

  /** Whether a line can be drawn over. */
  get live(): boolean {
    return this.#live;
  }

  /** Writes a line. Control characters in it are taken out, line breaks become spaces. */
  line(line: Line = ''): void {
    const pieces = typeof line === 'string' ? [line] : line;
    const text = pieces
      .map((piece) => (typeof piece === 'string' ? clean(piece) : this.#dress(piece)))
      .join('');
    this.#write(`${text.trimEnd()}\n`);
  }

  /** Writes `value` as one line of JSON, escaping what a terminal could act on. */
  json(value: unknown): void {
    this.#write(
      `${JSON.stringify(value).replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escaped)}\n`,
    );
  }

  /** Shows `text` below all lines, in place of the one before; on a terminal only. */
  status(text: string): void {
    if (!this.#live) return;
    // One character less than fits, so that the line does not wrap; some terminals say they are 0 wide.
    const status = clean(text).slice(0, (this.#stream.columns || USUAL_COLUMNS) - 1);
    if (status === this.#status) return;
    this.#status = status;
    this.#put(CLEAR_LINE + this.#dressedStatus());
  }

  /** Resolves when everything written has been handed to the system. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed || this.#stream.destroyed) resolve();
      else this.#stream.write('', () => resolve());
    });
  }

  #write(text: string): void {
    this.#put(this.#status === '' ? text : CLEAR_LINE + text + this.#dressedStatus());
  }

  #dressedStatus(): string {
    return this.#colours && this.#status !== '' ? dressed('dim', this.#status) : this.#status;
  }

  #put(text: string): void {
    if (!this.#closed) this.#stream.write(text);
  }

  #dress([look, text]: readonly [Look, string]): string {
    const safe = clean(text);
    return this.#colours && safe !== '' ? dressed(look, safe) : safe;
  }
}

/** Both streams. */
export interface Terminal {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/** The streams of this process. */
export function processTerminal(): Terminal {
  return { stdout: new Stream(process.stdout), stderr: new Stream(process.stderr) };
}

/** The codes that begin and end each look. */
const CODES: Readonly<Record<Look, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

function dressed(look: Look, text: string): string {
  const [begin, end] = CODES[look];
  return `\u001b[${begin}m${text}\u001b[${end}m`;
}

function clean(text: string): string {
  return cleanLine(text, LONGEST_LINE);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
