// A table of any length of which only the rows in sight are in the document. One stop for the Tab key; the arrow keys,
// Page Up, Page Down, Home and End go from row to row. It is made of roles and not of a table's elements: those cannot
// leave out rows and keep their layout.

import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { partsFor, rowAfterKey, scrollTopFor, windowOf } from '../data/virtual-window.js';

const ROW_HEIGHT = 34;
const OVERSCAN = 6;

/** What the part of a row that takes the focus must be given. */
export interface RowFocus {
  readonly tabIndex: number;
  readonly 'data-focus': '';
}

/** The cells of one row. */
export type TableRow = readonly ComponentChildren[];

interface Props {
  readonly label: string;
  /** Also names the style that says how wide the columns are. */
  readonly kind: string;
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly row: (index: number, focus: RowFocus) => TableRow;
  /** Shown in place of rows. */
  readonly empty: string;
}

/** As high as its place, which must have a height. */
export function VirtualTable({ label, kind, columns, rowCount, row, empty }: Props) {
  const body = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [viewportHeight, setViewportHeight] = useState(600);
  const [active, setActive] = useState(0);
  const focusWanted = useRef(false);
  const parts = useRef<ReadonlyMap<number, number>>(new Map());
  const activeRow = Math.min(active, Math.max(0, rowCount - 1));

  useEffect(() => {
    const element = body.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setViewportHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (!focusWanted.current) return;
    focusWanted.current = false;
    body.current
      ?.querySelector<HTMLElement>(`[data-row="${activeRow}"] [data-focus]`)
      ?.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const pageRows = Math.max(1, Math.floor(viewportHeight / ROW_HEIGHT) - 1);
    const next = rowAfterKey(event.key, activeRow, rowCount, pageRows);
    if (next === undefined || body.current === null) return;
    event.preventDefault();
    const top = scrollTopFor(next, {
      rowHeight: ROW_HEIGHT,
      viewportHeight,
      scrollTop: body.current.scrollTop,
    });
    body.current.scrollTop = top;
    focusWanted.current = true;
    setScrollTop(top);
    setActive(next);
  };
  const onFocus = (event: FocusEvent): void => {
    const found = (event.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset['row'];
    if (found !== undefined) setActive(Number(found));
  };

  const measure = { rowCount, rowHeight: ROW_HEIGHT, viewportHeight, scrollTop, overscan: OVERSCAN };
  const { first, end } = windowOf(measure);
  const indexes = Array.from({ length: end - first }, (_, index) => first + index);
  // The row with the focus stays, or the focus would be lost when it scrolls out of sight.
  if (rowCount > 0 && activeRow < first) indexes.unshift(activeRow);
  if (rowCount > 0 && activeRow >= end) indexes.push(activeRow);
  parts.current = partsFor(parts.current, indexes);
  return (
    <div
      class={`grid grid-${kind}`}
      role="grid"
      aria-label={label}
      aria-rowcount={rowCount + 1}
      aria-readonly="true"
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" class="grid-row" aria-rowindex={1}>
          {columns.map((column) => (
            <div role="columnheader" key={column} class="grid-cell">
              {column}
            </div>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        class="grid-body"
        ref={body}
        tabIndex={-1}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
        onFocusIn={onFocus}
      >
        <div role="presentation" class="grid-space" style={{ height: `${rowCount * ROW_HEIGHT}px` }}>
          {indexes.map((index) => {
            const focus: RowFocus = { tabIndex: index === activeRow ? 0 : -1, 'data-focus': '' };
            const cells = row(index, focus);
            return (
              <div
                role="row"
                key={parts.current.get(index)}
                class="grid-row"
                aria-rowindex={index + 2}
                data-row={index}
                style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
              >
                {cells.map((cell, column) => (
                  <div role="gridcell" key={columns[column]} class="grid-cell">
                    {cell}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
        {rowCount === 0 && <p class="empty">{empty}</p>}
      </div>
    </div>
  );
}
