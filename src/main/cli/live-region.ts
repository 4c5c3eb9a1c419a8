// The lines at the bottom of a terminal that are drawn over and over while something goes on. Lines that are to stay go
// above them. Everything that is new since the last frame is one write, at most ten times a second.

import { type FittedLine, fitted } from './fitted-line.js';
import type { Colouring, Line } from './line.js';

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What is to be seen at one moment. */
export interface RegionContent {
  readonly lines: readonly Line[];
  /** `moving`: it shows a duration, and is to be asked again soon; else only when something has changed. */
  readonly pace: 'moving' | 'still';
}

/** The terminal, as far as the region needs it. */
export interface RegionStream {
  readonly columns?: number;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** What a region is made with. */
export interface LiveRegionOptions {
  readonly stream: RegionStream;
  readonly colouring: Colouring;
  readonly write: (text: string) => void;
  /** Tells what is to be seen, in no more lines than the terminal has rows, nor wider. */
  readonly content: (size: TerminalSize) => RegionContent;
}

const FRAME_MS = 100;
const MOVING_MS = 250;
const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

const ESCAPE = '\u001b[';
const ERASE_LINE = `${ESCAPE}K`;
const ERASE_BELOW = `${ESCAPE}J`;
const HIDE_CURSOR = `${ESCAPE}?25l`;
const SHOW_CURSOR = `${ESCAPE}?25h`;
/** Where a terminal thinks a text wider than it is, the line is cut, and does not become two. */
const WRAP_OFF = `${ESCAPE}?7l`;
const WRAP_ON = `${ESCAPE}?7h`;

/**
 * A live region, from its beginning to {@link close}. The cursor is hidden meanwhile, and stays at the beginning of
 * the last line, where what a terminal echoes of the keyboard does no harm.
 */
export class LiveRegion {
  readonly #options: LiveRegionOptions;
  #drawn: readonly FittedLine[] = [];
  /** The terminal's width when that was drawn. */
  #drawnColumns = 0;
  #isFirst = true;
  #staying = '';
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  readonly #onResize = (): void => this.#draw();

  constructor(options: LiveRegionOptions) {
    this.#options = options;
    options.stream.on('resize', this.#onResize);
    this.changed();
  }

  /** Puts `text`, whole lines, above the region with the next frame. */
  stay(text: string): void {
    this.#staying += text;
    this.changed();
  }

  /** Something of what is to be seen has changed. */
  changed(): void {
    this.#drawWithin(Math.max(0, this.#drawnAt + FRAME_MS - performance.now()));
  }

  /** Takes the region away, and shows the cursor again. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#options.stream.off('resize', this.#onResize);
    const erase = this.#drawn.length === 0 ? '' : this.#toTop(this.#size().columns) + ERASE_BELOW;
    const text = erase + this.#staying + (this.#isFirst ? '' : SHOW_CURSOR);
    if (text !== '') this.#options.write(text);
  }

  #drawWithin(milliseconds: number): void {
    if (this.#closed) return;
    const dueAt = performance.now() + milliseconds;
    if (this.#timer !== undefined && this.#dueAt <= dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    // What goes on keeps the process alive, not that it is shown.
    this.#timer = setTimeout(() => this.#draw(), milliseconds).unref();
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drawnAt = performance.now();
    const size = this.#size();
    const { lines, pace } = this.#options.content(size);
    const { colouring, write } = this.#options;
    // A column less than there are: in the last one, terminals differ.
    const drawn = lines.map((line) => fitted(line, size.columns - 1, colouring));
    const frame = this.#frame(drawn, size.columns);
    if (frame !== '') write(frame);
    if (pace === 'moving') this.#drawWithin(MOVING_MS);
  }

  #frame(drawn: readonly FittedLine[], columns: number): string {
    const isResized = columns !== this.#drawnColumns;
    const isSame =
      drawn.length === this.#drawn.length &&
      drawn.every(({ text }, index) => text === this.#drawn[index]?.text);
    if (isSame && this.#staying === '' && !isResized) return '';
    // Drawn over line by line, which does not flicker, unless what was there may lie otherwise than the new lines.
    const eraseAll = this.#staying !== '' || isResized;
    const body = eraseAll
      ? ERASE_BELOW + this.#staying + WRAP_OFF + drawn.map(({ text }) => text).join('\n')
      : WRAP_OFF + drawn.map(({ text }) => ERASE_LINE + text).join('\n') + ERASE_BELOW;
    const frame = `${this.#isFirst ? HIDE_CURSOR : ''}${this.#toTop(columns)}${body}${WRAP_ON}\r`;
    this.#isFirst = false;
    this.#staying = '';
    this.#drawn = drawn;
    this.#drawnColumns = columns;
    return frame;
  }

  /** From anywhere in the last line to the beginning of the first. Terminals that have become narrower have broken longer lines. */
  #toTop(columns: number): string {
    const above = this.#drawn.slice(0, -1).reduce((rows, { width }) => rows + rowsOf(width, columns), 0);
    return above === 0 ? '\r' : `\r${ESCAPE}${above}A`;
  }

  #size(): TerminalSize {
    // Some terminals say that they have none.
    const { columns, rows } = this.#options.stream;
    return { columns: columns || USUAL_SIZE.columns, rows: rows || USUAL_SIZE.rows };
  }
}

function rowsOf(width: number, columns: number): number {
  return Math.max(1, Math.ceil(width / columns));
}
