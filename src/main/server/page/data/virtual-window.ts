// Which rows of a long table are in the document, and where the keyboard goes among them.

/** Rows from `first` up to, and without, `end`. */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
}

/** What is known of a table that scrolls. Pixels, apart from counts. */
export interface TableMeasure {
  readonly rowCount: number;
  readonly rowHeight: number;
  readonly viewportHeight: number;
  readonly scrollTop: number;
  /** Rows kept above and below those in sight. */
  readonly overscan: number;
}

/** The rows to show. */
export function windowOf(measure: TableMeasure): RowWindow {
  const { rowCount, rowHeight, viewportHeight, overscan } = measure;
  const most = Math.max(0, rowCount * rowHeight - viewportHeight);
  const top = Math.min(Math.max(0, measure.scrollTop), most);
  const first = Math.max(0, Math.floor(top / rowHeight) - overscan);
  const end = Math.min(rowCount, Math.ceil((top + viewportHeight) / rowHeight) + overscan);
  return { first, end: Math.max(first, end) };
}

/** Where a key leads from row `from`; undefined when the key does not move. */
export function rowAfterKey(
  key: string,
  from: number,
  rowCount: number,
  pageRows: number,
): number | undefined {
  const last = rowCount - 1;
  if (last < 0) return undefined;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, from + 1);
    case 'ArrowUp':
      return Math.max(0, from - 1);
    case 'PageDown':
      return Math.min(last, from + pageRows);
    case 'PageUp':
      return Math.max(0, from - pageRows);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

/** Where to scroll to so that `row` is wholly in sight; the present place when it is. */
export function scrollTopFor(row: number, measure: Omit<TableMeasure, 'overscan' | 'rowCount'>): number {
  const { rowHeight, viewportHeight, scrollTop } = measure;
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - viewportHeight);
}

/**
 * Which row is shown by which part of the document: those that were shown stay where they are, and the others take over
 * what is no longer needed, in its order. So scrolling makes nothing new, and a row that has the focus keeps it.
 *
 * @param before row → part, as it was
 * @param rows those to show now, ascending
 */
export function partsFor(before: ReadonlyMap<number, number>, rows: readonly number[]): Map<number, number> {
  const wanted = new Set(rows);
  const free = [...before].filter(([row]) => !wanted.has(row)).map(([, part]) => part);
  let unused = Math.max(-1, ...before.values()) + 1;
  let next = 0;
  return new Map(rows.map((row) => [row, before.get(row) ?? free[next++] ?? unused++]));
}
