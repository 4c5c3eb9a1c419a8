// Host functions that throw or answer with anything at all: the run ends as a defect of the host, with a message that
// can be shown, and never waits for a reply that cannot be sent.

import { expect, test } from 'vitest';
import type { HostResult } from '#src/bridge/host-functions.js';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const pool = poolForTests(['calls-query']);

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('looked at');
    },
    getPrototypeOf() {
      throw new Error('asked what it is');
    },
  },
);

test.each<[string, unknown]>([
  ['null', null],
  ['undefined', undefined],
  ['a symbol', Symbol('odd')],
  ['a function', () => {}],
  ['an object without a prototype', Object.create(null)],
  ['an error whose message throws', Object.defineProperty(new Error(), 'message', { get: () => hostile })],
  ['what cannot be looked at', hostile],
])('throwing %s ends that run alone', async (_what, thrown) => {
  const { ending, message } = await attack(pool(), 'calls-query', {
    host: { canisterCall: () => Promise.reject(thrown) },
  });
  expect(ending).toBe('INTERNAL');
  expect(message).toContain('the host function canisterCall failed');
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 7],
  ['a function as its value', { tag: 'ok', val: () => {} }],
  ['a symbol as its value', { tag: 'err', val: Symbol('odd') }],
  ['text where bytes should be', { tag: 'ok', val: 'text' }],
  ['no tag that there is', { tag: 'maybe', val: new Uint8Array() }],
  ['bytes of shared memory', { tag: 'ok', val: new Uint8Array(new SharedArrayBuffer(4)) }],
  ['a promise as its value', { tag: 'ok', val: Promise.resolve() }],
  ['what cannot be looked at', hostile],
])('answering with %s ends that run, or is an answer', async (_what, answer) => {
  const { ending, result } = await attack(pool(), 'calls-query', {
    limits: { wallTimeMs: 5000 },
    host: { canisterCall: async () => answer as HostResult<Uint8Array> },
  });
  expect(ending).toMatch(/^(ok|INTERNAL|PLUGIN_MISBEHAVED|PLUGIN_TRAPPED)$/);
  expect(result.statistics.hostCalls).toBe(1);
});
