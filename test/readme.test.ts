import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERRORS } from '#src/bridge/errors.js';
import { FORCED_EXIT_CODE } from '#src/main/sync/report-document.js';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

test('the exit codes are those of the error table', () => {
  const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  const used = new Set([0, 1, FORCED_EXIT_CODE, ...Object.values(ERRORS).map(({ exitCode }) => exitCode)]);
  expect(listed.sort((a, b) => a - b)).toEqual([...used].sort((a, b) => a - b));
});
