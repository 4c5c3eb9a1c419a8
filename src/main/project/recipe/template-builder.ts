// Builds a template out of its pieces: which text belongs to which block, and which space around tags goes. A tag on a
// line of its own takes the line with it; `~` takes all space on its side. The order of the decisions is that of the
// Rust crate `handlebars` 6.4.1, whose results this must give, oddities included.

import type { Block, Expression, Parameter, Template, TemplateElement } from './template-elements.js';
import { TemplateProblem } from './template-problem.js';
import { type Piece, TemplateReader } from './template-reader.js';

type PlacedPiece = Extract<Piece, { readonly start: number }>;

interface OpenBlock {
  readonly start: number;
  readonly expression: Expression;
  readonly standsAlone: boolean;
  /** The branches that are closed, the first being the block's own. */
  readonly branches: {
    readonly expression: Expression;
    readonly body: Template;
    readonly standsAlone: boolean;
  }[];
  /** Of the branch that is open; undefined behind a plain `else`. */
  branch: { readonly expression: Expression; readonly standsAlone: boolean } | undefined;
}

/** Reads the template in `source`. @throws TemplateProblem when it is not well-formed */
export function readTemplate(source: string): Template {
  return new TemplateBuilder(source).build();
}

class TemplateBuilder {
  readonly #source: string;
  readonly #templates: Template[] = [];
  readonly #blocks: OpenBlock[] = [];
  /** The end of the last piece. */
  #end = 0;
  /** Whether the space that follows goes. */
  #trimsSpace = false;
  /** Whether the rest of the line that follows goes, if it is blank. */
  #trimsLine = false;

  constructor(source: string) {
    this.#source = source;
  }

  build(): Template {
    for (const piece of new TemplateReader(this.#source).read()) {
      if (piece.kind === 'template') {
        this.#templates.push({ elements: [] });
        continue;
      }
      this.#takeGap(piece);
      this.#take(piece);
      this.#end = piece.end;
    }
    return this.#pop();
  }

  /** Space between two tags. */
  #takeGap({ kind, start }: PlacedPiece): void {
    if (start === this.#end || this.#trimsSpace || kind === 'text' || kind === 'raw-text') return;
    this.#pushText(this.#source.slice(this.#end, start), 'keep');
  }

  #take(piece: PlacedPiece): void {
    const { kind, start, text = '' } = piece;
    switch (kind) {
      case 'text':
        this.#pushText(
          start === this.#end ? text : this.#source.slice(this.#end, start) + text,
          this.#trimsSpace ? 'trim' : 'keep',
        );
        break;
      case 'raw-text':
        this.#templates.push({ elements: [] });
        this.#pushText(text, this.#trimsSpace ? 'trim' : 'keep', 'keep-line-mark');
        break;
      case 'comment':
        this.#trimsLine = this.#standsAlone(piece);
        this.#push({ kind: 'comment' });
        break;
      case 'end':
        break;
      default:
        this.#takeTag(piece, piece.expression as Expression);
    }
  }

  #takeTag(piece: PlacedPiece, expression: Expression): void {
    const { kind, start } = piece;
    if (expression.trimsBefore) this.#trimTextBefore();
    this.#trimsSpace = expression.trimsAfter;
    if (kind === 'value') {
      this.#push({ kind: 'value', offset: start, expression });
      return;
    }
    this.#trimsLine = this.#standsAlone(piece);
    const standsAlone = this.#trimsLine && !expression.trimsBefore;
    switch (kind) {
      case 'block-start':
      case 'raw-start':
      case 'decorator-start':
      case 'partial-start':
        this.#blocks.push({
          start,
          expression,
          standsAlone,
          branches: [],
          branch: { expression, standsAlone },
        });
        break;
      case 'else':
      case 'else-if': {
        const block = this.#blocks.at(-1) as OpenBlock;
        if (block.branch !== undefined) block.branches.push({ ...block.branch, body: this.#pop() });
        block.branch = kind === 'else-if' ? { expression, standsAlone } : undefined;
        break;
      }
      case 'block-end':
      case 'raw-end':
        this.#push(this.#closeBlock(start, expression));
        break;
      case 'decorator-end':
      case 'partial-end': {
        const opened = this.#close(start, expression, 'may-be-unnamed');
        const body = this.#pop();
        const decorator = { offset: opened.start, expression: opened.expression, body };
        this.#push(
          kind === 'decorator-end'
            ? { kind: 'decorator', ...decorator }
            : { kind: 'partial', ...decorator, indent: undefined, standsAlone: opened.standsAlone },
        );
        break;
      }
      case 'decorator':
        this.#push({ kind: 'decorator', offset: start, expression, body: undefined });
        break;
      case 'partial': {
        const blank = this.#source.slice(start - this.#blanksBefore(start), start);
        const indent = expression.trimsBefore || blank === '' ? undefined : blank;
        this.#push({ kind: 'partial', offset: start, expression, body: undefined, indent, standsAlone });
        break;
      }
    }
  }

  #closeBlock(start: number, closing: Expression): Block {
    const opened = this.#close(start, closing, 'named');
    const last = this.#pop();
    const branches = [...opened.branches];
    let inverse: Template | undefined;
    if (opened.branch === undefined) inverse = last;
    else branches.push({ ...opened.branch, body: last });
    let block: Block | undefined;
    for (const branch of branches.reverse()) {
      if (block !== undefined) inverse = { elements: [block] };
      block = { kind: 'block', offset: opened.start, ...branch, inverse };
    }
    return block as Block;
  }

  #close(start: number, closing: Expression, unnamed: 'named' | 'may-be-unnamed'): OpenBlock {
    const opened = this.#blocks.pop() as OpenBlock;
    const [open, close] = [textOf(opened.expression.name), textOf(closing.name)];
    if (open !== close && !(close === '' && unnamed === 'may-be-unnamed')) {
      throw new TemplateProblem(`{{/${close}}} closes what was opened as ${open}`, start);
    }
    return opened;
  }

  /** Whether a tag has a line for itself. The space before it goes then. */
  #standsAlone({ start, end }: PlacedPiece): boolean {
    const next = this.#source[skipBlanks(this.#source, end)];
    if (end < this.#source.length && next !== '\n' && next !== '\r') return false;
    const before = this.#source[start - this.#blanksBefore(start) - 1];
    const startsLine = before === undefined || before === '\n' || before === '\r';
    const last = this.#top().elements.at(-1);
    if (startsLine && last?.kind === 'text') last.text = withoutBlanksAfter(last.text);
    return startsLine;
  }

  /** How many spaces and tabs there are before `start`. */
  #blanksBefore(start: number): number {
    let blanks = 0;
    while (isBlank(this.#source[start - blanks - 1])) blanks++;
    return blanks;
  }

  #pushText(
    text: string,
    space: 'keep' | 'trim',
    mark: 'use-line-mark' | 'keep-line-mark' = 'use-line-mark',
  ): void {
    const trimmed =
      space === 'trim'
        ? text.trimStart()
        : this.#trimsLine
          ? text.slice(skipBlanks(text, 0)).replace(/^\r?\n/, '')
          : text;
    if (mark === 'use-line-mark') this.#trimsLine = false;
    this.#push({ kind: 'text', text: trimmed });
  }

  #trimTextBefore(): void {
    const last = this.#top().elements.at(-1);
    if (last?.kind === 'text') last.text = last.text.trimEnd();
  }

  #push(element: TemplateElement): void {
    this.#top().elements.push(element);
  }

  #top(): Template {
    return this.#templates.at(-1) as Template;
  }

  #pop(): Template {
    return this.#templates.pop() as Template;
  }
}

function textOf(name: Parameter): string {
  return name.kind === 'name' ? name.name : name.kind === 'path' ? name.text : '';
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text[at])) at++;
  return at;
}

function withoutBlanksAfter(text: string): string {
  let end = text.length;
  while (isBlank(text[end - 1])) end--;
  return text.slice(0, end);
}
