import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonMistake } from '#src/main/identity/json-mistake.js';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test('agrees with the platform about what is JSON', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.nat(),
      fc.constantFrom('', ',', '}', ']', '"', ' ', '\\', '0', '\n'),
      (json, from, length, put) => {
        const at = from % (json.length + 1);
        const text = json.slice(0, at) + put + json.slice(at + (length % 3));
        for (const candidate of [json, text]) {
          const mistake = jsonMistake(candidate);
          expect([candidate, mistake === undefined]).toEqual([candidate, isJson(candidate)]);
          // What stands before a mistake could still become JSON; that and the character after it could not.
          if (mistake !== undefined) expect(mistake).toBeLessThanOrEqual(candidate.length);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

test.each([
  ['', 0],
  ['{"a": }', 6],
  ['[1, ]', 4],
  ['{"a": 1, }', 9],
  ['{"a" 1}', 5],
  ['{"a": 1', 7],
  ['{} x', 3],
  ['[}', 1],
  ["{'a': 1}", 1],
  ['[01]', 2],
  ['["a\nb"]', 1],
  ['nul', 0],
  [`${'['.repeat(100_000)}`, 100_000],
])('says where %j is none', (text, at) => {
  expect(jsonMistake(text)).toBe(at);
});
