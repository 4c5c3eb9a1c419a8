// Every core module of every plugin that the fixtures have: what compilers and jco make.

import { readdir, readFile } from 'node:fs/promises';
import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import { beforeAll, describe, expect, test } from 'vitest';
import { limitCoreModule } from '#src/main/component/core-module/limit-core-module.js';
import { buildGuest, describeGuests, INTERFACE_LINES } from '../../../../fixtures/guests.mjs';
import { isValid } from './support/modules.js';

const BUILD = new URL('../../../../fixtures/build/', import.meta.url);

beforeAll(async () => {
  await $init;
});

function coreModules(component: Uint8Array): Uint8Array[] {
  const { files } = generate(component, {
    name: 'plugin',
    instantiation: { tag: 'sync' },
    map: [],
    noNodejsCompat: true,
    noTypescript: true,
    tlaCompat: false,
    base64Cutoff: 0,
  });
  return files.filter(([name]) => name.endsWith('.wasm')).map(([, bytes]) => bytes);
}

function expectLimited(component: Uint8Array): void {
  const modules = coreModules(component);
  expect(modules.length).toBeGreaterThan(0);
  for (const module of modules) expect(isValid(limitCoreModule(module).bytes)).toBe(true);
}

describe.each(INTERFACE_LINES)('guests for interface %s', (line) => {
  test('stay valid', async () => {
    const names = [...(await describeGuests(line)).keys()];
    expect(names.length).toBeGreaterThan(50);
    for (const name of names) expectLimited(await buildGuest(name, line));
  });
});

test('built plugins stay valid', async () => {
  const names = (await readdir(BUILD)).filter((name) => name.endsWith('.wasm'));
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) expectLimited(await readFile(new URL(name, BUILD)));
});
