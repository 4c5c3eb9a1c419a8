import { expect, test } from 'vitest';
import { bytes, counted, duration, seconds, tenths } from '#src/main/cli/units.js';

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [59_900, '59.9 s'],
  [59_960, '1 min 0 s'],
  [185_000, '3 min 5 s'],
])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 KiB'],
  [12 * 1024 * 1024, '12.0 MiB'],
  [5 * 1024 ** 4, '5120.0 GiB'],
])('%d bytes are %s', (count, text) => expect(bytes(count)).toBe(text));

test('counted', () =>
  expect([counted(0, 'call'), counted(1, 'call'), counted(2, 'call')]).toEqual([
    '0 calls',
    '1 call',
    '2 calls',
  ]));

test.each([
  [0, '0 s', '0.0 s'],
  [1_449, '1 s', '1.4 s'],
  [59_940, '59 s', '59.9 s'],
  [59_990, '59 s', '59 s'],
  [185_900, '3 min 5 s', '3 min 5 s'],
])('%d ms, drawn again and again, is %s or %s', (ms, whole, parts) => {
  expect([seconds(ms), tenths(ms)]).toEqual([whole, parts]);
});
