// A line of text as the command writes it: pieces with looks, made safe.

import { cleanLine } from '../../bridge/clean-text.js';

/** How a piece of text looks on a terminal that has colours. */
export type Look = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

/** A line, in pieces: plain text, or text with a look. */
export type Line = string | readonly (string | readonly [look: Look, text: string])[];

/** Whether looks are written. */
export type Colouring = 'coloured' | 'plain';

const LONGEST_LINE = 64 * 1024;

/** The line as it is written, without its end: control characters are taken out, line breaks become spaces. */
export function written(line: Line, colouring: Colouring): string {
  return dressed(cleanPieces(line), colouring).trimEnd();
}

/** A piece of a line, made safe. */
export type Piece = readonly [look: Look | undefined, text: string];

/** The pieces of a line, with nothing in them that leaves it. */
export function cleanPieces(line: Line): readonly Piece[] {
  const pieces = typeof line === 'string' ? [line] : line;
  return pieces.map((piece) => {
    const [look, text] = typeof piece === 'string' ? [undefined, piece] : piece;
    return [look, cleanLine(text, LONGEST_LINE)];
  });
}

/** The codes that begin and end each look. */
const CODES: Readonly<Record<Look, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
};

/** The pieces as they are written. */
export function dressed(pieces: readonly Piece[], colouring: Colouring): string {
  return pieces
    .map(([look, text]) => {
      if (look === undefined || colouring === 'plain' || text === '') return text;
      const [begin, end] = CODES[look];
      return `\u001b[${begin}m${text}\u001b[${end}m`;
    })
    .join('');
}
