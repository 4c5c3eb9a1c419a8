// Pages: how long they are, and where the next one begins.

import { SandpoolError } from '../../../bridge/errors.js';

const LONGEST_PAGE = 1000;
const USUAL_PAGE = 100;

/** Some of many, and where to go on. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** To be given as `before` for the next page; absent on the last. */
  readonly next?: string;
}

/** @throws INVALID_OPTION */
export function pageSize(limit: number = USUAL_PAGE): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LONGEST_PAGE) return limit;
  throw new SandpoolError('INVALID_OPTION', {
    option: 'limit',
    bound: `a whole number from 1 to ${LONGEST_PAGE}`,
    value: limit,
  });
}

/** The number behind a cursor: rows below it come next. @throws INVALID_OPTION */
export function numberOfCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor);
  throw new SandpoolError('INVALID_OPTION', {
    option: 'before',
    bound: 'what an earlier page gave as `next`',
    value: cursor.slice(0, 64),
  });
}

/** A page of `limit` from up to one row more than that. */
export function pageOf<Source, Item>(
  rows: readonly Source[],
  limit: number,
  itemOf: (row: Source) => Item,
  numberOf: (row: Source) => number,
): Page<Item> {
  const items = rows.slice(0, limit).map(itemOf);
  const last = rows[limit - 1];
  return rows.length > limit && last !== undefined ? { items, next: String(numberOf(last)) } : { items };
}
