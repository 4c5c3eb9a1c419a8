import { expect, test } from 'vitest';
import {
  type BatchForm,
  canisterCount,
  requestOf,
} from '../../../../src/main/server/page/data/batch-form.js';

const form: BatchForm = {
  name: ' nightly ',
  plugin: 'a'.repeat(64),
  network: 'ic',
  identity: 'deployer',
  environment: '',
  canisters: '\n rrkah-fqaaa-aaaaa-aaaaq-cai  Back end \r\nryjl3-tyaaa-aaaaa-aaaba-cai\n\n',
  concurrency: '8',
  priority: '',
  proxy: '',
  fields: 'mode = full\nquery=a=b\n',
  bundle: '',
  folder: '',
  dirs: '',
  files: '',
  computeSeconds: '',
  wallSeconds: '',
  memoryMib: '',
  hostCalls: '',
};
const bundle = 'b'.repeat(64);

test('a form is made into a request', () => {
  expect(requestOf(form).request).toEqual({
    name: 'nightly',
    concurrency: 8,
    defaults: {
      plugin: form.plugin,
      network: 'ic',
      identity: 'deployer',
      fields: { mode: 'full', query: 'a=b' },
    },
    runs: [
      { canister: 'rrkah-fqaaa-aaaaa-aaaaq-cai', label: 'Back end' },
      { canister: 'ryjl3-tyaaa-aaaaa-aaaba-cai' },
    ],
  });
  expect(canisterCount(form.canisters)).toBe(2);
});

test('what is left empty is left to the service', () => {
  const { request } = requestOf({ ...form, name: '', concurrency: ' ', fields: '', environment: 'staging' });
  expect(request).not.toHaveProperty('name');
  expect(request).not.toHaveProperty('concurrency');
  expect(request?.defaults).not.toHaveProperty('fields');
  expect(request?.defaults).toHaveProperty('environment', 'staging');
});

test('priority, proxy and limits, each in the unit of the API', () => {
  const { request } = requestOf({
    ...form,
    priority: '-5',
    proxy: ' ryjl3-tyaaa-aaaaa-aaaba-cai ',
    computeSeconds: '1.5',
    memoryMib: '64',
    hostCalls: '10',
  });
  expect(request?.priority).toBe(-5);
  expect(request?.defaults).toMatchObject({
    proxy: 'ryjl3-tyaaa-aaaaa-aaaba-cai',
    limits: { computeBudgetMs: 1500, memoryBytes: 67_108_864, hostCalls: 10 },
  });
  expect(request?.defaults?.limits).not.toHaveProperty('wallTimeMs');
});

test('files are lists for interface 0.1, and have names from 0.2 on', () => {
  const given = { ...form, bundle, folder: ' shops/a ', dirs: 'seed\n\n images ', files: 'config.json' };
  expect(requestOf(given, '0.1.0').request?.defaults).toMatchObject({
    bundle,
    folder: 'shops/a',
    dirs: ['seed', 'images'],
    files: ['config.json'],
  });
  expect(requestOf(given, '0.1.0').request?.defaults).not.toHaveProperty('fields');
  const named = requestOf({ ...given, files: 'seed=seed\nconfig = a=b.json' }, '0.2.0').request?.defaults;
  expect(named).toMatchObject({
    bundle,
    files: { seed: 'seed', config: 'a=b.json' },
    fields: { mode: 'full' },
  });
  expect(named).not.toHaveProperty('dirs');
});

test('a bundle alone names no files', () => {
  const defaults = requestOf({ ...form, bundle }, '0.2.0').request?.defaults;
  expect(defaults).toHaveProperty('bundle', bundle);
  for (const name of ['folder', 'dirs', 'files']) expect(defaults).not.toHaveProperty(name);
});

test('files without names are refused from 0.2 on, and files without a bundle always', () => {
  expect(requestOf({ ...form, bundle, files: 'seed' }, '0.2.0').mistakes).toEqual({
    files: 'Line 1: write name=path',
  });
  expect(requestOf({ ...form, dirs: 'seed' }, '0.1.0').mistakes?.bundle).toMatch(/Choose the bundle/);
});

test.each([
  ['plugin', '', /Choose a plugin/],
  ['network', '', /Choose a network/],
  ['identity', '', /Choose an identity/],
  ['canisters', ' \n', /at least one/],
  ['canisters', 'aaaaa-aa\nNot_One x', /^Line 2: Not_One is not a principal/],
  ['canisters', `aaaaa-aa ${'x'.repeat(201)}`, /^Line 1: the label is longer/],
  ['concurrency', '0', /1 to 1000/],
  ['concurrency', '2.5', /1 to 1000/],
  ['priority', '101', /-100 to 100/],
  ['proxy', 'Not One', /is not a principal/],
  ['computeSeconds', '0', /above 0/],
  ['memoryMib', 'much', /above 0/],
  ['hostCalls', '-1', /above 0/],
  ['fields', 'a=1\nb', /^Line 2: write name=value/],
  ['fields', 'a=1\na=2', /^Line 2: a is there twice/],
] as const)('%s of %j is refused', (field, value, message) => {
  const { request, mistakes } = requestOf({ ...form, [field]: value });
  expect(request).toBeUndefined();
  expect(Object.keys(mistakes ?? {})).toEqual([field]);
  expect(mistakes?.[field]).toMatch(message);
});

test('more runs than a batch can have are refused', () => {
  const { mistakes } = requestOf({ ...form, canisters: 'aaaaa-aa\n'.repeat(100_001) });
  expect(mistakes?.canisters).toMatch(/at most 100000 runs; these are 100001/);
});
