import { expect, test } from 'vitest';
import { firstUrl, nextUrl } from '#src/main/download/next-url.js';

test('a download is not sent on from https to http', () => {
  expect(() => nextUrl(new URL('https://example.com/a'), 'http://example.com/a')).toThrow(
    'https://example.com/a is not fetched: it was sent on from https to http',
  );
  expect(nextUrl(new URL('http://example.com/a'), 'https://example.com/b').href).toBe(
    'https://example.com/b',
  );
  expect(nextUrl(new URL('https://example.com/a/b'), '../c?d').href).toBe('https://example.com/c?d');
});

test('credentials in an address go no further', () => {
  expect(firstUrl('https://user:pass@example.com/').href).toBe('https://example.com/');
  expect(nextUrl(new URL('https://example.com/'), 'https://user:pass@example.org/').href).toBe(
    'https://example.org/',
  );
});
