// Files that are damaged, cut short, of another kind, or made for another host: each is refused with a code of its
// own, or runs to an end of its own, and the pool goes on.

import { expect, test } from 'vitest';
import { SandpoolError } from '#src/main/index.js';
import { buildMalformed } from '../../../fixtures/malformed.mjs';
import { attack, componentOf } from '../support/attack.js';
import { componentWith } from '../support/component-text.js';
import { poolForTests } from '../support/pool.js';

const pool = poolForTests(['returns-ok'], { computeBudgetMs: 300 });

test.each([
  ['empty', 'NOT_WASM'],
  ['not-wasm', 'NOT_WASM'],
  ['core-module', 'CORE_MODULE'],
  ['cut-short', 'COMPONENT_INVALID'],
  ['no-exec', 'EXPORT_MISSING'],
  ['wrong-exec-type', 'EXPORT_MISMATCH'],
  ['wrong-call-type', 'IMPORT_MISMATCH'],
  ['interface-0-3', 'UNSUPPORTED_INTERFACE'],
  ['imports-unknown', 'IMPORT_DENIED'],
  ['other-component', 'UNSUPPORTED_INTERFACE'],
])('%s is refused as %s, with a hint and without its bytes', async (name, code) => {
  const bytes = await buildMalformed(name);
  const error = await pool()
    .prepare({ bytes, name: 'p.wasm' })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(SandpoolError);
  expect(error).toMatchObject({ code, kind: 'user', message: expect.stringContaining('p.wasm') });
  expect((await attack(pool(), 'returns-ok')).ending).toBe('ok');
});

test('wasi:http is refused by name', async () => {
  await expect(pool().prepare({ bytes: await componentOf('imports-http') })).rejects.toMatchObject({
    code: 'IMPORT_DENIED',
    details: { import: expect.stringContaining('wasi:http/') },
  });
});

test.each(['(core func (canon task.cancel))', '(core func (canon backpressure.inc))'])(
  'what belongs to asynchronous components, %s, is refused',
  async (definition) => {
    const bytes = await componentWith(definition);
    await expect(pool().prepare({ bytes })).rejects.toMatchObject({
      code: 'UNSUPPORTED_FEATURE',
      details: { feature: 'asynchronous component functions' },
    });
  },
);

/** A small generator of numbers, always the same. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 8;
  };
}

test('a plugin with any bit flipped is refused, or ends in a way that is its own affair', async () => {
  const FLIPS = 10;
  const OWN_AFFAIR = /^(PLUGIN|COMPUTE|MEMORY|STACK|HOST_CALL)_/;
  const sound = await componentOf('calls-query');
  const next = numbersFrom(20_251_121);
  for (let flip = 0; flip < FLIPS; flip++) {
    const bytes = sound.slice();
    const at = 8 + (next() % (bytes.length - 8));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (next() % 8));
    const plugin = await pool()
      .prepare({ bytes })
      .catch((error: unknown) => {
        expect(error).toMatchObject({ kind: 'user' });
        return undefined;
      });
    if (plugin === undefined) continue;
    const result = await pool().run(
      plugin,
      { canisterId: 'aaaaa-aa', environment: 'hostile', identityPrincipal: '2vxsx-fae' },
      {
        host: {
          canisterCall: async () => ({ tag: 'ok', val: new Uint8Array([7]) }),
          canisterMetadataSection: async () => ({ tag: 'ok', val: undefined }),
        },
      },
    );
    if (!result.ok) expect(result.error.code).toMatch(OWN_AFFAIR);
  }
  expect((await attack(pool(), 'returns-ok')).ending).toBe('ok');
});
