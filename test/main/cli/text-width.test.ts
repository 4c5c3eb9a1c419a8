import { expect, test } from 'vitest';
import { cutEnd, cutMiddle, padEnd, widthOf } from '#src/main/cli/text-width.js';

test.each([
  ['', 0],
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['👩‍🚀', 2],
])('%j takes %i columns', (text, width) => expect(widthOf(text)).toBe(width));

test.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['abcdef', 1, '…'],
  ['abcdef', 0, ''],
  ['abcdef', -3, ''],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['👩‍🚀👩‍🚀👩‍🚀', 5, '👩‍🚀👩‍🚀…'],
])('%j cut to %i columns', (text, columns, cut) => {
  expect(cutEnd(text, columns)).toBe(cut);
});

test.each([
  ['a-canister-with-a-long-name', 12, 'a-cani…-name'],
  ['short', 12, 'short'],
  ['abcdef', 3, 'a…f'],
  ['abcdef', 2, 'a…'],
  ['日本語日本語', 7, '日…語'],
])('%j cut in the middle to %i columns', (text, columns, cut) => {
  expect(cutMiddle(text, columns)).toBe(cut);
});

test('marks that take no column are not followed without end', () => {
  const text = `z${'\u0301'.repeat(100_000)}`;
  expect(cutEnd(text, 10).length).toBeLessThan(50);
  expect(cutMiddle(text, 10).length).toBeLessThan(100);
});

test('padding counts columns', () => {
  expect(padEnd('日', 4)).toBe('日  ');
  expect(padEnd('abcd', 2)).toBe('abcd');
});
