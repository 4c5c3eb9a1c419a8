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
  fields: 'mode = full\nquery=a=b\n',
};

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

test.each([
  ['plugin', '', /Choose a plugin/],
  ['network', '', /Choose a network/],
  ['identity', '', /Choose an identity/],
  ['canisters', ' \n', /at least one/],
  ['canisters', 'aaaaa-aa\nNot_One x', /^Line 2: Not_One is not a principal/],
  ['canisters', `aaaaa-aa ${'x'.repeat(201)}`, /^Line 1: the label is longer/],
  ['canisters', 'aaaaa-aa\n'.repeat(100_001), /at most 100000 runs; these are 100001/],
  ['concurrency', '0', /1 to 1000/],
  ['concurrency', '2.5', /1 to 1000/],
  ['fields', 'a=1\nb', /^Line 2: write name=value/],
  ['fields', 'a=1\na=2', /^Line 2: a is there twice/],
] as const)('%s of %j is refused', (field, value, message) => {
  const { request, mistakes } = requestOf({ ...form, [field]: value });
  expect(request).toBeUndefined();
  expect(Object.keys(mistakes ?? {})).toEqual([field]);
  expect(mistakes?.[field]).toMatch(message);
});
