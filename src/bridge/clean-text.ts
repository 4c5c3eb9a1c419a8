// Makes text that a plugin wrote safe to show: nothing left in it moves a cursor, changes a colour, opens a
// link, turns the direction of reading, or starts a line where none is seen to start.

// Each pattern begins with a character that none of its repetitions can pass, so that one pass is enough
// however the text is made up. Written as text, since patterns with control characters in them are unreadable.
const ESCAPE = '\\u001b';
const STRING_END = `(?:\\u0007|${ESCAPE}\\\\|\\u009c)`;
const STRINGS = new RegExp(
  `(?:${ESCAPE}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^\\u0007${ESCAPE}\\u0090\\u0098\\u009c-\\u009f]*${STRING_END}`,
  'g',
);
const CONTROL_SEQUENCES = new RegExp(`(?:${ESCAPE}\\[|\\u009b)[0-?]*[ -/]*[@-~]`, 'g');
const ESCAPES = new RegExp(`${ESCAPE}(?:[ -/]+[0-~])?`, 'g');
const LINE_BREAKS = /\r\n?|[\u2028\u2029]/g;
const CONTROLS = /(?![\t\n])\p{Control}/gu;
const INVISIBLE_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb]/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Beyond this many times what is wanted, text is not even looked at. */
const EXAMINED_FACTOR = 4;
const CUT_MARK = '…';

function strip(text: string): string {
  return text
    .replace(STRINGS, '')
    .replace(CONTROL_SEQUENCES, '')
    .replace(ESCAPES, '')
    .replace(LINE_BREAKS, '\n')
    .replace(CONTROLS, '')
    .replace(INVISIBLE_MARKS, '')
    .replace(LONE_SURROGATES, '\ufffd');
}

/**
 * The text without terminal sequences, control characters, direction marks and lone surrogates. Tabs and line
 * breaks stay, every kind of line break as `\n`.
 *
 * @param maximumCharacters the longest result, in UTF-16 units; what is longer ends in `…`. At least 1.
 * @example
 * ```ts
 * cleanText('\u001b[31mred\u001b[0m', 100); // 'red'
 * ```
 */
export function cleanText(text: string, maximumCharacters: number): string {
  const examined = text.slice(0, maximumCharacters * EXAMINED_FACTOR);
  const clean = strip(examined);
  if (clean.length <= maximumCharacters && examined.length === text.length) return clean;
  const kept = clean.slice(0, maximumCharacters - CUT_MARK.length).replace(/[\ud800-\udbff]$/, '');
  return kept + CUT_MARK;
}

/** The same for one line: line breaks become spaces. */
export function cleanLine(text: string, maximumCharacters: number): string {
  return cleanText(text, maximumCharacters).replaceAll('\n', ' ');
}
