import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { matchingFolders, patternProblem } from '#src/main/project/canister-folders.js';
import { makeFolder } from '../../support/folder.js';

const LONG = 'a'.repeat(200);
const NAMES = ['a', 'abc', 'abab', 'a-b', 'a]b', 'x.y', '😀z', LONG];
const folder = makeFolder(Object.fromEntries(NAMES.map((name) => [`${name}/canister.yaml`, ''])));
const links = makeFolder({ 'canister.yaml': '' });
for (const name of ['1', '2', '3', '4']) symlinkSync('.', join(links.path, name));
afterAll(() => {
  folder[Symbol.dispose]();
  links[Symbol.dispose]();
});

async function matching(pattern: string): Promise<string[]> {
  expect(patternProblem(pattern)).toBeUndefined();
  const folders = await matchingFolders(folder.path, pattern);
  return (folders ?? []).map((path) => relative(folder.path, path));
}

test.each([
  ['a*b', ['a-b', 'a]b', 'abab']],
  ['*ab', ['abab']],
  ['*b*c', ['abc']],
  ['a*', ['a', 'a-b', 'a]b', LONG, 'abab', 'abc']],
  ['?z', ['😀z']],
  ['a[]x]b', ['a]b']],
  ['a[!]]b', ['a-b']],
  ['[w-y].?', ['x.y']],
  ['x?y', ['x.y']],
  ['[a', undefined],
  ['[z-a]', undefined],
])('%s', async (pattern, names) => {
  if (names === undefined) expect(patternProblem(pattern)).toContain('not closed');
  else expect(await matching(pattern)).toEqual(names);
});

test('no pattern takes long, however many ways there are to read it', { timeout: 5_000 }, async () => {
  expect(await matching(`${'*a'.repeat(60)}*b`)).toEqual([]);
  expect(await matching(`${'*a'.repeat(60)}*`)).toEqual([LONG]);
});

test('a pattern that leads through too many folders is given up', async () => {
  expect(await matchingFolders(links.path, '*/*/*', 21)).toHaveLength(64);
  expect(await matchingFolders(links.path, '*/*/*', 20)).toBeUndefined();
  expect(await matchingFolders(links.path, '*/*/*/*/*/*/*/*/*/*/*/*', 500)).toBeUndefined();
});
