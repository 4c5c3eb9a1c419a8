// The list of cases is whole, and every test that it names is there.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CASES } from './cases.js';

const TESTS = fileURLToPath(new URL('../', import.meta.url));
const HERE = fileURLToPath(new URL('./', import.meta.url));
const HOW_MANY = 74;

test('there are as many cases as there are, each once and in order', () => {
  expect(CASES.map(({ number }) => number)).toEqual(
    Array.from({ length: HOW_MANY }, (_, index) => index + 1),
  );
  expect(new Set(CASES.map(({ about }) => about)).size).toBe(HOW_MANY);
});

test.each(CASES)('$number $about: has its tests, or a reason', ({ covered }) => {
  if (typeof covered === 'string') {
    expect(covered).toMatch(/^[A-Z].{20,}\.$/);
    return;
  }
  expect(covered.length).toBeGreaterThan(0);
  for (const [file, title] of covered) {
    expect(existsSync(TESTS + file), file).toBe(true);
    expect(readFileSync(TESTS + file, 'utf8'), file).toContain(title);
  }
});

test('every folder of attacks is in the list', () => {
  const listed = new Set(
    CASES.flatMap(({ covered }) => (typeof covered === 'string' ? [] : covered.map(([file]) => file))),
  );
  const folders = readdirSync(HERE, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'support',
  );
  for (const { name } of folders) {
    const tests = readdirSync(`${HERE}${name}`).filter((file) => file.endsWith('.test.ts'));
    expect(tests.length, name).toBeGreaterThan(0);
    for (const file of tests) expect(listed).toContain(`adversarial/${name}/${file}`);
  }
});
