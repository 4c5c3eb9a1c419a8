// Reads a template into a run of tags and texts, and sees that blocks are closed. The grammar is that of the Rust crate
// `handlebars` 6.4.1. What the tags do to the space around them is decided in template-builder.ts.

import { ExpressionReader } from './expression-reader.js';
import type { Expression } from './template-elements.js';

/** How a piece of a template looks. */
export type PieceKind =
  | 'text'
  | 'value'
  | 'block-start'
  | 'else'
  | 'else-if'
  | 'block-end'
  | 'raw-start'
  | 'raw-text'
  | 'raw-end'
  | 'comment'
  | 'decorator'
  | 'decorator-start'
  | 'decorator-end'
  | 'partial'
  | 'partial-start'
  | 'partial-end'
  | 'end';

/** A tag, a text, or the beginning of what a block holds. */
export type Piece =
  | {
      readonly kind: PieceKind;
      readonly start: number;
      readonly end: number;
      readonly expression?: Expression;
      /** Of a text: without the backslashes that escape braces. */
      readonly text?: string;
    }
  | { readonly kind: 'template' };

const LONG_COMMENT = /\{\{![ \t\r\n]*--[\s\S]*?--\}\}/uy;
const SHORT_COMMENT = /\{\{![\s\S]*?\}\}/uy;

type Line = Partial<Pick<Expression, 'blockNames'>> & Pick<Expression, 'name' | 'parameters' | 'named'>;

const EMPTY_LINE: Line = { name: { kind: 'name', name: 'else' }, parameters: [], named: new Map() };

/** Reads one template. */
export class TemplateReader {
  readonly #pieces: Piece[] = [];
  readonly #reader: ExpressionReader;

  constructor(source: string) {
    this.#reader = new ExpressionReader(source);
  }

  /** @throws TemplateProblem when it is not well-formed */
  read(): Piece[] {
    this.#template();
    this.#reader.space();
    if (this.#reader.at < this.#reader.source.length) throw this.#reader.syntaxProblem();
    const { length } = this.#reader.source;
    this.#pieces.push({ kind: 'end', start: length, end: length });
    return this.#pieces;
  }

  #template(): void {
    this.#pieces.push({ kind: 'template' });
    this.#reader.deeper(() => {
      let end = this.#reader.at;
      while (this.#element()) {
        end = this.#reader.at;
        this.#reader.space();
      }
      this.#reader.at = end;
    });
  }

  /** One element, when one begins exactly here. */
  #element(): boolean {
    return (
      this.#text() ||
      this.#value() ||
      this.#block() ||
      this.#rawBlock() ||
      this.#comment() ||
      this.#tag('decorator', '*', () => this.#reader.line()) ||
      this.#closed('decorator', '#*', () => this.#reader.line()) ||
      this.#tag('partial', '>', () => this.#reader.partialLine()) ||
      this.#closed('partial', '#>', () => this.#reader.partialLine())
    );
  }

  #text(): boolean {
    const start = this.#reader.at;
    const text = this.#unescaped('{{');
    if (this.#reader.at === start) return false;
    this.#pieces.push({ kind: 'text', start, end: this.#reader.at, text });
    return true;
  }

  /** The text up to `terminator`. A backslash before braces makes them text, two a backslash. */
  #unescaped(terminator: '{{' | '{{{{'): string {
    const { source, at: start } = this.#reader;
    let text = '';
    let from = start;
    let search = start;
    for (;;) {
      const braces = source.indexOf('{{', search);
      if (braces === -1) {
        this.#reader.at = source.length;
        return text + source.slice(from);
      }
      let backslashes = 0;
      while (braces - backslashes > from && source[braces - backslashes - 1] === '\\') backslashes++;
      if (backslashes > 0) {
        text += source.slice(from, braces - 1);
        from = braces;
      }
      if (backslashes === 1) {
        search = braces + (source.startsWith('{{{{', braces) ? 4 : 2);
      } else if (source.startsWith(terminator, braces)) {
        this.#reader.at = braces;
        return text + source.slice(from, braces);
      } else {
        search = braces + 1;
      }
      text += source.slice(from, search);
      from = search;
    }
  }

  #value(): boolean {
    if (this.#isElse()) return false;
    const call = (): Line | undefined => this.#reader.callOrName();
    return (
      this.#tag('value', '', call) ||
      this.#braced('{{{', '}}}', '', '', call) ||
      this.#braced('{{', '}}', '{', '}', call) ||
      this.#tag('value', '&', () => this.#bareName())
    );
  }

  #bareName(): Line | undefined {
    const name = this.#reader.name();
    return name === undefined ? undefined : { name, parameters: [], named: new Map() };
  }

  #block(): boolean {
    if (!this.#tag('block-start', '#', () => this.#reader.line())) return false;
    this.#reader.space();
    this.#template();
    for (;;) {
      this.#reader.space();
      if (!this.#else('else-if')) break;
      this.#reader.space();
      this.#template();
    }
    if (this.#else('else')) {
      this.#reader.space();
      this.#template();
      this.#reader.space();
    }
    return this.#required(this.#tag('block-end', '/', () => this.#closingName()));
  }

  #rawBlock(): boolean {
    if (!this.#braced('{{{{', '}}}}', '', '', () => this.#reader.line(), 'raw-start')) return false;
    this.#reader.space();
    const start = this.#reader.at;
    const text = this.#unescaped('{{{{');
    this.#pieces.push({ kind: 'raw-text', start, end: this.#reader.at, text });
    return this.#required(this.#braced('{{{{', '}}}}', '/', '', () => this.#closingName(), 'raw-end'));
  }

  #comment(): boolean {
    const start = this.#reader.at;
    if (this.#reader.match(LONG_COMMENT) === undefined && this.#reader.match(SHORT_COMMENT) === undefined)
      return false;
    this.#pieces.push({ kind: 'comment', start, end: this.#reader.at });
    return true;
  }

  /** A block of a decorator or a partial. */
  #closed(kind: 'decorator' | 'partial', mark: string, line: () => Line | undefined): boolean {
    if (!this.#tag(`${kind}-start`, mark, line)) return false;
    this.#reader.space();
    this.#template();
    this.#reader.space();
    const name = kind === 'partial' ? () => this.#closingPartialName() : () => this.#closingName();
    return this.#required(this.#tag(`${kind}-end`, '/', name));
  }

  #closingName(): Line {
    const name = this.#reader.identifier() ?? '';
    return { name: { kind: 'name', name }, parameters: [], named: new Map() };
  }

  #closingPartialName(): Line {
    const name = this.#reader.partialName() ?? '';
    return { name: { kind: 'name', name }, parameters: [], named: new Map() };
  }

  #isElse(): boolean {
    const { at } = this.#reader;
    const { length } = this.#pieces;
    const found = this.#else('else') || this.#else('else-if');
    this.#reader.at = at;
    this.#pieces.length = length;
    return found;
  }

  #else(kind: 'else' | 'else-if'): boolean {
    return ['else', '^'].some((word) =>
      this.#tag(kind, word, () => (kind === 'else-if' ? this.#reader.line() : EMPTY_LINE)),
    );
  }

  #tag(kind: PieceKind, mark: string, line: () => Line | undefined): boolean {
    return this.#braced('{{', '}}', mark, '', line, kind);
  }

  /** `open ~ mark line endMark ~ close`, and a piece of it. */
  #braced(
    open: string,
    close: string,
    mark: string,
    endMark: string,
    line: () => Line | undefined,
    kind: PieceKind = 'value',
  ): boolean {
    const reader = this.#reader;
    const start = reader.at;
    const piece = reader.attempt(() => {
      if (!reader.literally(open)) return undefined;
      const trimsBefore = reader.token('~');
      for (const sign of mark) if (mark !== 'else' && !reader.token(sign)) return undefined;
      if (mark === 'else' && !reader.token(mark)) return undefined;
      const read = line();
      if (read === undefined || !reader.token(endMark)) return undefined;
      const trimsAfter = reader.token('~');
      return reader.token(close) ? { blockNames: [], ...read, trimsBefore, trimsAfter } : undefined;
    });
    if (piece === undefined) return false;
    this.#pieces.push({ kind, start, end: reader.at, expression: piece });
    return true;
  }

  #required(found: boolean): true {
    if (!found) throw this.#reader.syntaxProblem();
    return true;
  }
}
