// Names that every object of JavaScript has, as names of environments, canisters, methods and fields; and prototypes
// that somebody else in the process has polluted.

import { afterEach, expect, test } from 'vitest';
import { hostAnswering } from '../../support/host.js';
import { attack, componentOf } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const NAMES = ['__proto__', 'constructor', 'prototype', 'then', 'toString', 'hasOwnProperty', 'toJSON'];

const pool = poolForTests(['returns-environment', 'calls-method', 'keeps-state']);

test.each(NAMES)('%s is a name like any other', async (name) => {
  expect((await attack(pool(), 'returns-environment', { environment: name })).ending).toBe(`error: ${name}`);
  const call = await attack(pool(), 'calls-method', { file: name, canister: name });
  expect(call.ending).toBe('ok');
  expect(call.calls).toMatchObject([{ method: name }]);
  const keyed = await attack(pool(), 'names-target', { interface: '0.2', field: name });
  expect(keyed.calls).toMatchObject([{ target: { tag: 'name', val: name } }]);
});

test.each(NAMES)('runs of a canister named %s go one after another, as those of any other', async (name) => {
  const endings = await Promise.all(
    ['first', 'second'].map(async (environment) => {
      const plugin = await pool().prepare({ bytes: await componentOf('returns-environment') });
      const result = await pool().run(
        plugin,
        { canisterId: name, environment, identityPrincipal: '2vxsx-fae' },
        { host: hostAnswering() },
      );
      return result.ok ? 'ok' : result.error.message;
    }),
  );
  expect(endings).toEqual(['first', 'second']);
});

const pollution = Object.prototype as unknown as Record<string, unknown>;
const POLLUTED = [
  'limits',
  'signal',
  'onEvent',
  'orderKey',
  'computeBudgetMs',
  'tag',
  'val',
  'proxyCanisterId',
];
afterEach(() => {
  for (const name of POLLUTED) delete pollution[name];
});

test('options come from the options, not from a polluted prototype', async () => {
  const plugin = await pool().prepare({ bytes: await componentOf('keeps-state') });
  Object.assign(pollution, {
    limits: { computeBudgetMs: 0 },
    signal: AbortSignal.abort(),
    onEvent: () => {
      throw new Error('it was told');
    },
    orderKey: 'the same for all',
    computeBudgetMs: 0,
  });
  const result = await pool().run(
    plugin,
    { canisterId: 'aaaaa-aa', environment: 'hostile', identityPrincipal: '2vxsx-fae' },
    { host: hostAnswering() },
  );
  expect(result).toMatchObject({ ok: true });
});

test('no attack has left a mark on the prototypes of the host', async () => {
  const own = (of: object) => Reflect.ownKeys(of).map(String).sort();
  const before = [Object.prototype, Array.prototype, Uint8Array.prototype, Error.prototype].map(own);
  for (const name of NAMES) await attack(pool(), 'calls-method', { file: name });
  expect([Object.prototype, Array.prototype, Uint8Array.prototype, Error.prototype].map(own)).toEqual(before);
});
