import { describe, expect, test } from 'vitest';
import {
  partsFor,
  rowAfterKey,
  scrollTopFor,
  windowOf,
} from '../../../../src/main/server/page/data/virtual-window.js';

const table = { rowCount: 5000, rowHeight: 34, viewportHeight: 340, overscan: 6 };

test.each([
  ['the beginning', 0, 0, 16],
  ['within', 34_017, 994, 1017],
  ['the end', 5000 * 34 - 340, 4984, 5000],
  ['far behind the end, as after a filter', 9_999_999, 4984, 5000],
  ['before the beginning, as a browser that bounces', -100, 0, 16],
])('at %s', (_where, scrollTop, first, end) => {
  expect(windowOf({ ...table, scrollTop })).toEqual({ first, end });
});

test('there are never more rows than fit, and those kept above and below', () => {
  for (let scrollTop = 0; scrollTop < 170_000; scrollTop += 997) {
    const { first, end } = windowOf({ ...table, scrollTop });
    expect(end - first).toBeLessThanOrEqual(11 + 2 * 6);
    expect(first * 34).toBeLessThanOrEqual(scrollTop);
    expect(end * 34).toBeGreaterThanOrEqual(Math.min(scrollTop + 340, 170_000));
  }
});

test('a table that is short, or empty, is shown whole', () => {
  expect(windowOf({ ...table, rowCount: 3, scrollTop: 50 })).toEqual({ first: 0, end: 3 });
  expect(windowOf({ ...table, rowCount: 0, scrollTop: 50 })).toEqual({ first: 0, end: 0 });
});

test.each([
  ['ArrowDown', 4, 5],
  ['ArrowDown', 99, 99],
  ['ArrowUp', 0, 0],
  ['PageDown', 4, 14],
  ['PageDown', 95, 99],
  ['PageUp', 4, 0],
  ['Home', 50, 0],
  ['End', 50, 99],
  ['Enter', 50, undefined],
])('%s leads from row %s to %s', (key, from, to) => {
  expect(rowAfterKey(key, from, 100, 10)).toBe(to);
});

test('no key moves in an empty table', () => {
  expect(rowAfterKey('End', 0, 0, 10)).toBeUndefined();
});

test('it scrolls no further than it must for a row to be seen', () => {
  const at = { rowHeight: 34, viewportHeight: 340, scrollTop: 340 };
  expect(scrollTopFor(12, at)).toBe(340);
  expect(scrollTopFor(9, at)).toBe(306);
  expect(scrollTopFor(20, at)).toBe(374);
});

describe('parts of the document', () => {
  const rows = (first: number, end: number): number[] =>
    Array.from({ length: end - first }, (_, at) => first + at);
  const partsOf = (...views: (readonly number[])[]): Map<number, number> =>
    views.reduce((before, view) => partsFor(before, view), new Map<number, number>());

  test('a row that stays in sight stays where it is', () => {
    const before = partsOf(rows(0, 10));
    const after = partsFor(before, rows(3, 13));
    for (const row of rows(3, 10)) expect(after.get(row)).toBe(before.get(row));
    expect([10, 11, 12].map((row) => after.get(row))).toEqual([0, 1, 2]);
  });

  test('a jump takes over all of them, in their order', () => {
    expect([...partsOf(rows(0, 10), rows(500, 510)).values()]).toEqual(rows(0, 10));
  });

  test('none is used twice, and there are no more than were ever in sight', () => {
    let parts = new Map<number, number>();
    for (const first of [0, 5, 400, 398, 20, 0, 4990]) {
      parts = partsFor(parts, [7, ...rows(Math.max(8, first), Math.max(8, first) + 20)]);
      expect(new Set(parts.values()).size).toBe(parts.size);
      expect(Math.max(...parts.values())).toBeLessThan(21);
      expect(parts.get(7)).toBe(0);
    }
  });

  test('a table that grows shorter and longer again uses none twice', () => {
    const parts = partsOf(rows(0, 10), rows(5, 7), rows(5, 15));
    expect([parts.get(5), parts.get(6)]).toEqual([5, 6]);
    expect(new Set(parts.values()).size).toBe(10);
  });
});
