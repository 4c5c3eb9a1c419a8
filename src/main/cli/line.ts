// A line of text as the command writes it: pieces with looks, made safe, and cut to a width.

import { cleanLine } from '../../bridge/clean-text.js';
import { cutEnd, widthOf } from './text-width.js';

/** How a piece of text looks on a terminal that has colours. */
export type Look = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

/** A line, in pieces: plain text, or text with a look. */
export type Line = string | readonly (string | readonly [look: Look, text: string])[];

/** Whether looks are written. */
export type Colouring = 'coloured' | 'plain';

const LONGEST_LINE = 64 * 1024;

/** The line as it is written, without its end: control characters are taken out, line breaks become spaces. */
export function written(line: Line, colouring: Colouring): string {
  return dressed(cleanPieces(line, LONGEST_LINE), colouring).trimEnd();
}

/** The same, cut to `columns`, and how many of them it takes. Tabs become spaces, so that this can be told. */
export function writtenWithin(
  line: Line,
  columns: number,
  colouring: Colouring,
): { readonly text: string; readonly width: number } {
  const kept: Piece[] = [];
  let left = columns;
  for (const [look, text] of cleanPieces(line, LONGEST_LINE)) {
    const cut = cutEnd(text.replaceAll('\t', ' '), left);
    kept.push([look, cut]);
    left -= widthOf(cut);
    if (left <= 0) break;
  }
  return { text: dressed(kept, colouring), width: columns - left };
}

type Piece = readonly [look: Look | undefined, text: string];

function cleanPieces(line: Line, longest: number): Piece[] {
  const pieces = typeof line === 'string' ? [line] : line;
  return pieces.map((piece) =>
    typeof piece === 'string'
      ? [undefined, cleanLine(piece, longest)]
      : [piece[0], cleanLine(piece[1], longest)],
  );
}

/** The codes that begin and end each look. */
const CODES: Readonly<Record<Look, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

function dressed(pieces: readonly Piece[], colouring: Colouring): string {
  return pieces
    .map(([look, text]) => {
      if (look === undefined || colouring === 'plain' || text === '') return text;
      const [begin, end] = CODES[look];
      return `\u001b[${begin}m${text}\u001b[${end}m`;
    })
    .join('');
}
