import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('what is generated matches what it is made from', () => {
  const root = new URL('../../', import.meta.url);
  expect(() =>
    execFileSync(process.execPath, ['scripts/generate.mjs', '--check'], { cwd: root }),
  ).not.toThrow();
}, 60_000);
