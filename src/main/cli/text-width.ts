// How many columns of a terminal a text takes, and texts cut to a number of columns. The texts are clean already.

import stringWidth from 'string-width';

const MARK = '…';
const ONE_COLUMN_EACH = /^[\u0020-\u007e]*$/;

let segmenter: Intl.Segmenter | undefined;

/** Columns that `text` takes. */
export function widthOf(text: string): number {
  return ONE_COLUMN_EACH.test(text) ? text.length : stringWidth(text);
}

/** `text` if it fits into `columns`, else as much of its beginning as fits before a `…`. */
export function cutEnd(text: string, columns: number): string {
  const examined = examinedPart(text, columns);
  if (examined.length === text.length && widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  return leading(examined, columns - 1) + MARK;
}

/** `text` if it fits into `columns`, else its beginning and its end around a `…`. */
export function cutMiddle(text: string, columns: number): string {
  if (text.length <= columns * EXAMINED && widthOf(text) <= columns) return text;
  if (columns < 3) return cutEnd(text, columns);
  const tail = Math.floor((columns - 1) / 2);
  const backwards = graphemesOf(text.slice(-columns * EXAMINED)).reverse();
  const end = fitting(backwards, tail).reverse().join('');
  return leading(examinedPart(text, columns), columns - 1 - tail) + MARK + end;
}

/** `text` with spaces after it up to `columns`. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Characters looked at for each column: marks that take no column are not followed without end. */
const EXAMINED = 4;

function examinedPart(text: string, columns: number): string {
  return text.slice(0, Math.max(0, columns) * EXAMINED + 1).replace(/[\ud800-\udbff]$/, '');
}

function leading(text: string, columns: number): string {
  if (ONE_COLUMN_EACH.test(text)) return text.slice(0, columns);
  return fitting(graphemesOf(text), columns).join('');
}

function graphemesOf(text: string): string[] {
  // Made when it is needed: it takes milliseconds, and most texts are ASCII.
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

function fitting(segments: readonly string[], columns: number): string[] {
  let left = columns;
  const end = segments.findIndex((segment) => {
    left -= widthOf(segment);
    return left < 0;
  });
  return segments.slice(0, end < 0 ? segments.length : end);
}
