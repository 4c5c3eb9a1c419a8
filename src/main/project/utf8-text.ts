// Text out of bytes that somebody else wrote, and where they stop being text.

/** A place in a text, both from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** The text in `bytes`. @throws what `invalid` makes of the place where it is not UTF-8 */
export function decodeUtf8(bytes: Uint8Array, invalid: (place: TextPlace) => Error): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const valid = validPrefix(bytes);
    const before = new TextDecoder().decode(bytes.subarray(0, valid), { stream: true });
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    throw invalid({ line, column });
  }
}

/** How many of the bytes are valid UTF-8 from the start, to the nearest character below. */
function validPrefix(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}
