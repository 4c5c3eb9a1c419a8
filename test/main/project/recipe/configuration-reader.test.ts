import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { readRecipeConfiguration } from '#src/main/project/recipe/configuration-reader.js';
import type { RecipeConfiguration } from '#src/main/project/recipe/recipe-value.js';

function read(yaml: string): RecipeConfiguration {
  const document = parseDocument(yaml, { schema: 'failsafe' });
  if (document.contents === null) throw new Error('nothing to read');
  return readRecipeConfiguration(document.contents, document, 'r');
}

test('scalars keep their kind', () => {
  const yaml = 'a: 1\nb: 1.0\nc: "1"\nd: yes\ne: true\nf: ~\ng:\nh: 0x10\ni: 1_000\nj: !!str 5\nk: |\n  1\n';
  expect([...read(yaml).values()]).toEqual([1n, 1, '1', 'yes', true, null, null, 16n, '1_000', '5', '1\n']);
});

test('lists, maps and aliases', () => {
  const read1 = read('a: &x [1, {b: c}]\nd: *x\ne: {1: x, true: y, 1.5: z}');
  expect(read1.get('a')).toEqual([1n, new Map([['b', 'c']])]);
  expect(read1.get('d')).toBe(read1.get('a'));
  expect([...(read1.get('e') as Map<string, unknown>).keys()]).toEqual(['1', 'true', '1.5']);
});

test.each([
  ['[1, 2]', 'must be a map'],
  ['text', 'must be a map'],
  ['a: &x [*x]', 'contains itself'],
  ['a: !Custom x', 'tag `!Custom`'],
  ['a: {[1]: x}', 'a key that is no text'],
  ['a: {~: x}', 'a key that is no text'],
  ['a: 18446744073709551616', 'does not fit into 64 bits'],
])('%j is refused', (yaml, reason) => {
  expect(() => read(yaml)).toThrow(reason);
});
