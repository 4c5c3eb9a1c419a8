import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('what is generated from wit/ matches it', () => {
  const root = new URL('../../', import.meta.url);
  expect(() =>
    execFileSync(process.execPath, ['scripts/generate.mjs', '--check'], { cwd: root }),
  ).not.toThrow();
}, 60_000);
