import { expect, test } from 'vitest';
import {
  bytesText,
  countOf,
  durationText,
  percentText,
  rateText,
  shortText,
  visibleText,
} from '../../../../src/main/server/page/data/format.js';

test.each([
  [0, '0 ms'],
  [0.42, '0.4 ms'],
  [9.96, '10 ms'],
  [999.4, '999 ms'],
  [999.6, '1.00 s'],
  [4204, '4.20 s'],
  [59_400, '59.4 s'],
  [59_960, '1 min 00 s'],
  [187_000, '3 min 07 s'],
  [7_500_000, '2 h 05 min'],
  [-5, '0 ms'],
])('%s ms are %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

test.each([
  [512, '512 B'],
  [1536, '1.5 KiB'],
  [20 * 1024 ** 2, '20.0 MiB'],
  [200 * 1024 ** 2, '200 MiB'],
])('%s bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test('a share is never whole before it is, nor nothing once it is something', () => {
  expect(percentText(0, 0)).toBe('0%');
  expect(percentText(1, 5000)).toBe('<1%');
  expect(percentText(4999, 5000)).toBe('99%');
  expect(percentText(5000, 5000)).toBe('100%');
});

test('rates, counts and hashes', () => {
  expect([0, 0.44, 37.4].map(rateText)).toEqual(['0/s', '0.4/s', '37/s']);
  expect([countOf(1, 'run'), countOf(12_345, 'run')]).toEqual(['1 run', '12,345 runs']);
  expect(shortText('0123456789abcdef')).toBe('0123456789ab…');
});

test('control characters are made visible; other text is as it was', () => {
  expect(visibleText('a\u0000b\u001b[31mc\u007fd\u0085e\nf\u2028g\th')).toBe(
    'a␀b␛[31mc␡d\ufffde␊f\ufffdg\th',
  );
  expect(visibleText('<b>é 漢 \u202e עברית</b>')).toBe('<b>é 漢 \u202e עברית</b>');
});
