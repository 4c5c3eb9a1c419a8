import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanLine, cleanText } from '#src/bridge/clean-text.js';

describe.each([
  ['plain text', 'plain text'],
  ['two\nlines', 'two\nlines'],
  ['two\r\nlines\rand\u2028more\u2029', 'two\nlines\nand\nmore\n'],
  ['\u001b[1;31mred\u001b[m', 'red'],
  ['\u001b[?25l\u001b[2J\u001b[1;1Hhome', 'home'],
  ['\u001b]8;id=1;https://example.org\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u001b]52;c;aGk=\u0007clipboard', 'clipboard'],
  ['\u001bPdevice\u001b\\control', 'control'],
  ['\u001b(0charset\u001b(B', 'charset'],
  ['\u001b]never ended', ']never ended'],
  ['\u009b31mred\u009d0;title\u009c', 'red'],
  ['\u001b\u001b[[31m31mnested', '31m31mnested'],
  ['user\u202etxt.exe', 'usertxt.exe'],
  ['lone \ud800 and \udc00', 'lone \ufffd and \ufffd'],
  ['\u0000\u0008\u007f\u0085', ''],
  ['kept: é 日本 👩‍🚀 \t', 'kept: é 日本 👩‍🚀 \t'],
])('%j', (text, clean) => {
  test(`becomes ${JSON.stringify(clean)}`, () => {
    expect(cleanText(text, 1000)).toBe(clean);
  });
});

test('a line has no line breaks', () => {
  expect(cleanLine('one\r\ntwo\u2028three', 100)).toBe('one two three');
});

describe('the maximum', () => {
  test.each([
    ['12345', 5, '12345'],
    ['123456', 5, '1234…'],
    ['123👩5', 5, '123…'],
    ['1234👩', 5, '1234…'],
    ['12', 1, '…'],
    [`${'\u001b[m'.repeat(3)}12345`, 5, '12345'],
  ])('of %j at %i is %j', (text, maximum, clean) => {
    expect(cleanText(text, maximum)).toBe(clean);
  });
});

test('nothing that could steer a terminal is left, whatever the text', () => {
  const character = fc.oneof(
    fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '\\',
      '\u0007',
      '\u009b',
      '\u009c',
      '\u009d',
      'P',
      'm',
      ';',
      ' ',
      '3',
      '\r',
      '\n',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  fc.assert(
    fc.property(
      fc.array(character, { maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (characters, maximum) => {
        const clean = cleanText(characters.join(''), maximum);
        expect(clean.length).toBeLessThanOrEqual(maximum);
        expect(clean).not.toMatch(
          /(?![\t\n])\p{Control}|[\u2028-\u202e\u2066-\u2069\u200e\u200f]|\p{Surrogate}/u,
        );
        expect(cleanText(clean, maximum)).toBe(clean);
      },
    ),
    { numRuns: 5000 },
  );
});

test('a hundred megabytes made to be slow are not', () => {
  const hard = ['\u001b]', '\u009d', '\u001b[1;', '\u001b ', '\u001b', '\r'];
  const before = performance.now();
  for (const part of hard) cleanText(part.repeat(100_000_000 / part.length / 4), 64 * 1024);
  for (const part of hard) cleanText(part.repeat(1_000_000), 10_000_000);
  expect(performance.now() - before).toBeLessThan(10_000);
});
