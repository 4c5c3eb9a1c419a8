// Text from files, put into messages: nothing in it may drive a terminal, forge a line, or flood one.

const LONGEST = 80;

/** Characters that do something other than print: controls, bidirectional marks, line separators, lone surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** `text` with every character that does not print replaced by its escape, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** `text` between backquotes, printable, and cut to a length that fits in a message. */
export function quoted(text: string): string {
  const characters = [...text];
  const cut = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join('')}…` : text;
  return `\`${printable(cut)}\``;
}

/**
 * The one of `known` that `text` most likely was meant to be, if one is close.
 */
export function nearest(text: string, known: readonly string[]): string | undefined {
  const most = text.length <= 3 ? 1 : Math.max(2, Math.floor(text.length / 3));
  let best: string | undefined;
  let bestDistance = most + 1;
  for (const candidate of known) {
    const distance = editDistance(text.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** ` (did you mean X?)`, or nothing. */
export function suggestion(text: string, known: readonly string[]): string {
  const near = nearest(text, known);
  return near === undefined ? '' : ` (did you mean ${quoted(near)}?)`;
}

/** A list for details of errors: printable, not quoted. */
export function plainList(names: Iterable<string>): string {
  return [...names].map(printable).join(', ') || 'none';
}

/** A list for messages: each quoted, or `none`. */
export function listed(names: Iterable<string>): string {
  return [...names].map(quoted).join(', ') || 'none';
}

function editDistance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > LONGEST || left.length > LONGEST)
    return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
