// The two streams of the command: results on stdout, everything else on stderr. All text goes through here, a
// whole line at a time, and nothing a plugin, a file or a network wrote gets out of its line or moves the cursor.

import type { WriteStream } from 'node:tty';
import { type Line, written } from './line.js';
import type { LiveRegion, LiveRegionOptions } from './live-region.js';

const USUAL_COLUMNS = 80;

/** One stream of the process. */
export class Stream {
  readonly #stream: NodeJS.WriteStream;
  #colours: boolean;
  #live: boolean;
  #closed = false;
  #region: LiveRegion | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    const terminal: Partial<WriteStream> = stream;
    this.#live = stream.isTTY === true && process.env['TERM'] !== 'dumb';
    this.#colours = this.#live && terminal.hasColors?.() === true;
    // Whoever read may have gone away: that is no reason to leave updates half done, only to say no more.
    stream.on('error', () => {
      this.#closed = true;
    });
  }

  /** From now on as if it were no terminal. */
  makePlain(): void {
    this.endRegion();
    this.#live = false;
    this.#colours = false;
  }

  /** Whether a line can be drawn over. */
  get live(): boolean {
    return this.#live;
  }

  /** How many columns a terminal has; as many as usual when it is none. */
  get columns(): number {
    return (this.#stream.isTTY && this.#stream.columns) || USUAL_COLUMNS;
  }

  /** Writes a line. Control characters in it are taken out, line breaks become spaces. */
  line(line: Line = ''): void {
    this.#write(`${written(line, this.#colours ? 'coloured' : 'plain')}\n`);
  }

  /** Writes `value` as one line of JSON, escaping what a terminal could act on. */
  json(value: unknown): void {
    this.#write(
      `${JSON.stringify(value).replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escaped)}\n`,
    );
  }

  /**
   * Shows lines below all others, drawn anew as they change, until {@link endRegion}; on a terminal only.
   * @param Region what draws them, which only those load that have a use for it
   * @returns what to call when they have changed
   */
  beginRegion(
    Region: new (options: LiveRegionOptions) => LiveRegion,
    content: LiveRegionOptions['content'],
  ): () => void {
    this.endRegion();
    if (!this.#live) return () => {};
    const region = new Region({
      stream: this.#stream,
      colouring: this.#colours ? 'coloured' : 'plain',
      write: (text) => this.#put(text),
      content,
    });
    this.#region = region;
    return () => region.changed();
  }

  /** Takes the lines of {@link beginRegion} away, and gives the cursor back. Idempotent. */
  endRegion(): void {
    this.#region?.close();
    this.#region = undefined;
  }

  /** Resolves when everything written has been handed to the system. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#closed || this.#stream.destroyed) resolve();
      else this.#stream.write('', () => resolve());
    });
  }

  #write(text: string): void {
    if (this.#region === undefined) this.#put(text);
    else this.#region.stay(text);
  }

  #put(text: string): void {
    if (!this.#closed) this.#stream.write(text);
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

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
