import { expect, test } from 'vitest';
import { parseRecipeType, shownRecipe } from '#src/main/project/recipe/recipe-type.js';

test.each([
  ['file://r.hbs', { kind: 'file', path: 'r.hbs' }],
  ['file:///tmp/@a/b', { kind: 'file', path: '/tmp/@a/b' }],
  ['file://', { kind: 'file', path: '' }],
  ['http://example.com/r', { kind: 'url', url: 'http://example.com/r' }],
  ['https://example.com/@x/y', { kind: 'url', url: 'https://example.com/@x/y' }],
  ['@dfinity/rust@v3.0.0', { kind: 'registry', registry: 'dfinity', recipe: 'rust', version: 'v3.0.0' }],
  ['@dfinity/a/b@v1', { kind: 'registry', registry: 'dfinity', recipe: 'a/b', version: 'v1' }],
  ['@dfinity/a@1@2', { kind: 'registry', registry: 'dfinity', recipe: 'a@1', version: '2' }],
  ['@dfinity/a@', { kind: 'registry', registry: 'dfinity', recipe: 'a', version: '' }],
])('%s', (text, read) => {
  expect(parseRecipeType(text)).toEqual(read);
});

test.each([
  ['@dfinity/rust', 'its version is missing'],
  ['@dfinity@v1', 'it must be'],
  ['@other/rust@v1', 'there is no registry `other`'],
  ['@dfinity@v1/x', 'its version must not have a slash'],
  ['./r.hbs', 'it must be'],
  ['r.hbs', 'it must be'],
  ['FILE://r.hbs', 'it must be'],
  ['ftp://example.com/r', 'it must be'],
  ['', 'it must be'],
])('%j is refused', (text, reason) => {
  expect(() => parseRecipeType(text)).toThrow(
    expect.objectContaining({ code: 'RECIPE_INVALID', message: expect.stringContaining(reason) }),
  );
});

test('an address is shown without what may be secret', () => {
  expect(shownRecipe('https://user:hidden@example.com/r?hidden#hidden')).toBe('https://example.com/r?…');
  expect(shownRecipe('file://a\nb')).toBe('`file://a\\u{a}b`');
});
