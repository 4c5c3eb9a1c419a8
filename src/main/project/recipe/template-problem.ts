// What is wrong with a template, and where: internal to the engine, made into an error with a code where it is left.

import { printable } from '../shown-text.js';

/** Names and texts of a template may be as long as the template. */
const LONGEST_MESSAGE = 200;

/** Ends the reading or rendering of a template. */
export class TemplateProblem extends Error {
  /** In the template, where known. */
  readonly offset: number | undefined;

  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}

/** The message, fit to be shown, with the line and column of the place in `template` before it. */
export function located(template: string, problem: TemplateProblem): string {
  const { offset } = problem;
  const cut = problem.message.length > LONGEST_MESSAGE;
  const message = printable(cut ? `${problem.message.slice(0, LONGEST_MESSAGE)}…` : problem.message);
  if (offset === undefined) return message;
  const before = template.slice(0, offset);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  return `line ${line}, column ${column} of the template: ${message}`;
}
