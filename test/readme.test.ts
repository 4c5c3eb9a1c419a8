import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ERRORS } from '#src/bridge/errors.js';
import { FORCED_EXIT_CODE } from '#src/main/sync/report-document.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');

test('the library example runs as it is printed', async () => {
  const [, example] = /```js\n(.*?)```/s.exec(readme) ?? [];
  // Inside the package, which may import itself by name as any other that has installed it may.
  const script = join(root, `fixtures/build/readme-${process.pid}.mjs`);
  await writeFile(script, example ?? '');
  try {
    const plugin = join(root, 'fixtures/plugins/seed-data-c/plugin.wasm');
    const project = join(root, 'fixtures/projects/orchard');
    const { stdout } = await promisify(execFile)(process.execPath, [script, plugin, project]);
    expect(stdout).toMatch(/^synced$/m);
    expect(stdout).toContain('apple/bud-02: registered');
    expect(stdout).toContain("clock: '");
  } finally {
    await rm(script);
  }
});

test('the exit codes are those of the error table', () => {
  const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  const used = new Set([0, 1, FORCED_EXIT_CODE, ...Object.values(ERRORS).map(({ exitCode }) => exitCode)]);
  expect(listed.sort((a, b) => a - b)).toEqual([...used].sort((a, b) => a - b));
});

test('every code it names is in the error table', () => {
  const named = [...readme.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code]) => code ?? '');
  const unknown = named.filter((code) => !Object.hasOwn(ERRORS, code) && !code.startsWith('ICP_'));
  expect(named.length).toBeGreaterThan(3);
  expect(unknown).toEqual([]);
});
