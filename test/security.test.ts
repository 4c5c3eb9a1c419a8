import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERRORS } from '#src/bridge/errors.js';
import { DEFAULT_LIMITS } from '#src/main/pool/limits.js';

const root = new URL('../', import.meta.url);
const text = await readFile(new URL('SECURITY.md', root), 'utf8');

test('the table of limits has every setting with its default', () => {
  const rows = [...text.matchAll(/^\| `(\w+)` +\| ([^|]+?) +\|/gm)].map(([, name, value]) => [name, value]);
  const shown = (value: number) => (value === Number.POSITIVE_INFINITY ? 'none' : value.toLocaleString('en'));
  const expected = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [name, shown(value)]);
  expect(rows.sort()).toEqual([...expected, ['processMemoryBytes', '75% of what there is']].sort());
});

test('every code and file it names is there', () => {
  const codes = [...text.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code ?? '');
  expect(codes.length).toBeGreaterThan(3);
  expect(codes.filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
  const files = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, file]) =>
    fileURLToPath(new URL(file ?? '', root)),
  );
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});
