// A terminal as small as can be: it understands the sequences that the command line writes, and throws on any other.

import { EventEmitter } from 'node:events';
import stringWidth from 'string-width';

/** What is on a line: a text for each column; the second column of a wide character holds nothing. */
type Row = string[];

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const SEQUENCES = /\u001b\[(?:(?<up>\d+)A|(?<erase>[JK])|(?<mode>\?(?:25|7)[lh])|(?<look>\d+)m)/y;
const LOOKS = new Set(['1', '2', '22', '31', '32', '33', '39']);
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** A stream that passes for a terminal, and the screen behind it. */
export class TerminalScreen extends EventEmitter {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Every write, in order. */
  readonly writes: string[] = [];
  cursorVisible = true;
  wraps = true;
  readonly #colours: boolean;
  /** All lines there ever were; the last `rows` of them are on the screen. */
  #lines: Row[] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number, look: 'coloured' | 'plain' = 'plain') {
    super();
    this.columns = columns;
    this.rows = rows;
    this.#colours = look === 'coloured';
  }

  hasColors(): boolean {
    return this.#colours;
  }

  /** Everything from the first line on, without the spaces at the end. */
  get text(): string {
    return this.#lines
      .map((row) => row.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** The column of the cursor, from 0. */
  get cursorColumn(): number {
    return this.#column;
  }

  write(text: string, done?: () => void): boolean {
    if (text !== '') this.writes.push(text);
    for (let at = 0; at < text.length; ) at += this.#take(text, at);
    done?.();
    return true;
  }

  /** Becomes as wide as that: lines that are longer are broken, as most terminals do it. */
  resize(columns: number): void {
    const before = this.#lines.slice(0, this.#row).flatMap((row) => broken(row, columns)).length;
    this.#lines = this.#lines.flatMap((row) => broken(row, columns));
    this.#row = before;
    this.columns = columns;
    this.emit('resize');
  }

  #take(text: string, at: number): number {
    const character = text[at] ?? '';
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#lineFeed();
    else if (character === '\u001b') return this.#sequence(text, at);
    else {
      const printable = /[^\p{Control}]+/uy;
      printable.lastIndex = at;
      const [run] = printable.exec(text) ?? [];
      if (run === undefined) throw new Error(`a control character: ${JSON.stringify(character)}`);
      for (const { segment } of graphemes.segment(run)) this.#print(segment);
      return run.length;
    }
    return 1;
  }

  #sequence(text: string, at: number): number {
    SEQUENCES.lastIndex = at;
    const found = SEQUENCES.exec(text);
    const { up, erase, mode, look } = found?.groups ?? {};
    if (found === null || (look !== undefined && !(this.#colours && LOOKS.has(look)))) {
      throw new Error(`an unknown sequence: ${JSON.stringify(text.slice(at, at + 12))}`);
    }
    // The top of the screen stops the cursor.
    if (up !== undefined) this.#row = Math.max(this.#row - Number(up), this.#lines.length - this.rows, 0);
    if (erase === 'K') this.#lines[this.#row] = this.#line.slice(0, this.#column);
    if (erase === 'J') this.#lines = [...this.#lines.slice(0, this.#row), this.#line.slice(0, this.#column)];
    if (mode?.startsWith('?25')) this.cursorVisible = mode.endsWith('h');
    if (mode?.startsWith('?7')) this.wraps = mode.endsWith('h');
    return found[0].length;
  }

  #print(segment: string): void {
    const width = stringWidth(segment);
    if (this.#column + width > this.columns) {
      if (!this.wraps) throw new Error(`too wide: ${this.#line.join('')}${segment}`);
      this.#lineFeed();
      this.#column = 0;
    }
    const row = this.#line;
    while (row.length < this.#column) row.push(' ');
    row.splice(this.#column, Math.max(1, width), segment, ...Array(Math.max(0, width - 1)).fill(''));
    this.#column += width;
  }

  #lineFeed(): void {
    // As a terminal's driver has it, which puts a carriage return before each.
    this.#column = 0;
    this.#row += 1;
    if (this.#row === this.#lines.length) this.#lines.push([]);
  }

  get #line(): Row {
    const row = this.#lines[this.#row] ?? [];
    this.#lines[this.#row] = row;
    return row;
  }
}

function broken(row: Row, columns: number): Row[] {
  const rows: Row[] = [row.slice(0, columns)];
  for (let at = columns; at < row.length; at += columns) rows.push(row.slice(at, at + columns));
  return rows;
}
