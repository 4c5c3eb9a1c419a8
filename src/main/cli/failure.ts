// A failure, for people: its code and message, where and why, and what to do about it.

import { cleanText } from '../../bridge/clean-text.js';
import { describe, type SandpoolError } from '../../bridge/errors.js';
import type { Line } from './line.js';
import type { Stream } from './terminal.js';

const LONGEST_TEXT = 16 * 1024;
const DEEPEST_CAUSE = 5;

/** Whether stack traces are shown. */
export type Detail = 'message' | 'stack';

/** Writes `error`, its causes and its hint. */
export function writeFailure(stream: Stream, error: SandpoolError, detail: Detail, indent = ''): void {
  writeBlock(stream, indent, [['red', 'error'], `  ${error.code}: `], error.message);
  for (const cause of causesOf(error, detail)) writeBlock(stream, indent, [['dim', 'cause'], '  '], cause);
  if (error.hint !== undefined) writeBlock(stream, indent, [['yellow', 'hint'], '   '], error.hint);
  if (detail === 'stack') {
    for (const line of (error.stack ?? '').split('\n').slice(1)) stream.line([['dim', `${indent}${line}`]]);
  }
}

/** The messages of the errors behind `error`, those left out that its own repeats or that say nothing. */
function causesOf(error: SandpoolError, detail: Detail): string[] {
  const causes: string[] = [];
  let cause = error.cause;
  for (let depth = 0; depth < DEEPEST_CAUSE && cause !== undefined && cause !== null; depth++) {
    const text = detail === 'stack' ? describe(cause) : withoutFrames(describe(cause));
    if (
      text !== '' &&
      text !== String({}) &&
      ![error.message, ...causes].some((shown) => shown.includes(text))
    )
      causes.push(text);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** Some errors of the agent carry the stack of another in their message. */
function withoutFrames(text: string): string {
  const lines = text.split('\n').filter((line) => !/^\s+at .*[\d)]"?$/.test(line));
  return lines.join('\n').trimEnd();
}

/** Writes a text of any number of lines after `label`, further lines below its first. */
function writeBlock(stream: Stream, indent: string, label: Exclude<Line, string>, text: string): void {
  const [first = '', ...further] = cleanText(text, LONGEST_TEXT).split('\n');
  stream.line([indent, ...label, first]);
  for (const line of further) stream.line(`${indent}         ${line}`);
}
