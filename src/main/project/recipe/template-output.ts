// Where a template's text goes: indented inside partials that stand on a line of their own, and never without end. The
// rules for indenting are those of the Rust crate `handlebars` 6.4.1.

import { TemplateProblem } from './template-problem.js';

/** The longest text a template may render to. */
export const LARGEST_RENDERED_CHARACTERS = 1024 * 1024;

/** What is indented next, and by what; a partial has its own. */
export interface IndentState {
  indent: string | undefined;
  /** Whether the next text is to be indented. */
  indentNext: boolean;
  /** Whether the last text ended a line. */
  endedLine: boolean;
  /** Whether anything was written since this was last reset. */
  wrote: boolean;
}

/** Collects text. */
export class TemplateOutput {
  readonly state: IndentState = { indent: undefined, indentNext: false, endedLine: false, wrote: false };
  #parts: string[] = [];
  #characters = 0;

  /** Writes `text`, indented where that is due. @throws TemplateProblem when it is too much */
  write(text: string): void {
    if (text === '') return;
    const { state } = this;
    const { indent, indentNext } = state;
    state.wrote = true;
    if (indentNext && indent !== undefined && !/^[\r\n]/.test(text)) this.writeAsIs(indent);
    this.writeAsIs(indent === undefined ? text : text.replaceAll(/\n(?!$)/g, () => `\n${indent}`));
    state.endedLine = /[\r\n]$/.test(text);
    state.indentNext = state.endedLine;
  }

  /** Writes `text` as it is, unnoticed by the indenting. */
  writeAsIs(text: string): void {
    this.#characters += text.length;
    if (this.#characters > LARGEST_RENDERED_CHARACTERS) {
      throw new TemplateProblem(`it renders to more than ${LARGEST_RENDERED_CHARACTERS} characters`);
    }
    this.#parts.push(text);
  }

  /** What `work` writes, kept out of the rest. */
  aside(work: () => void): string {
    const parts = this.#parts;
    this.#parts = [];
    work();
    const text = this.text();
    this.#parts = parts;
    return text;
  }

  /**
   * Runs what may write nothing: a block, a partial.
   * @param indents whether its first text is indented
   */
  indenting(indents: boolean, work: () => void): void {
    const { indentNext, wrote } = this.state;
    this.state.wrote = false;
    this.state.indentNext = indents;
    work();
    if (this.state.wrote) {
      this.state.indentNext = this.state.endedLine;
    } else {
      this.state.wrote = wrote;
      this.state.indentNext = indentNext;
    }
  }

  text(): string {
    return this.#parts.join('');
  }
}
