// A line cut to the width of a terminal. Measuring takes long to load, so what draws nothing does without.

import { type Colouring, cleanPieces, dressed, type Line, type Piece } from './line.js';
import { cutEnd, widthOf } from './text-width.js';

/** A line as it is written. */
export interface FittedLine {
  readonly text: string;
  /** How many columns it takes. */
  readonly width: number;
}

/** `line` cut to `columns`. Tabs become spaces, so that its width can be told. */
export function fitted(line: Line, columns: number, colouring: Colouring): FittedLine {
  const kept: Piece[] = [];
  let left = columns;
  for (const [look, text] of cleanPieces(line)) {
    const cut = cutEnd(text.replaceAll('\t', ' '), left);
    kept.push([look, cut]);
    left -= widthOf(cut);
    if (left <= 0) break;
  }
  return { text: dressed(kept, colouring), width: columns - left };
}
