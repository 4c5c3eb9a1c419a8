// What glue could do if an attacker wrote it: the realm is the second wall, behind the checks of the front door.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';

async function evaluate(attempts: readonly string[]): Promise<{ value?: string; thrown?: string }[]> {
  const worker = new Worker(new URL('./support/evaluate-in-worker.mjs', import.meta.url), {
    env: { SECRET: 'of the host' },
    workerData: {
      realm: import.meta.resolve('#src/worker/glue-realm.js'),
      lockdown: import.meta.resolve('#src/worker/lockdown.js'),
      attempts,
    },
  });
  const [outcomes] = await once(worker, 'message');
  await worker.terminate();
  return outcomes;
}

/** Each would give `reached` if it got to Node's `process`, to a module, or to code made from text. */
const ATTEMPTS: readonly [string, string][] = [
  ['its own eval', `return eval('"reached"')`],
  ['its own Function', `return (() => {}).constructor('return "reached"')()`],
  ['an async function', `return (async () => {}).constructor('return "reached"').name`],
  ['the constructor of a host function', `return hostFunction.constructor('return "reached"')()`],
  ['the constructor of that', `return hostFunction.constructor.constructor('return "reached"')()`],
  [
    'the prototype of a host function',
    `return Object.getPrototypeOf(hostFunction).constructor('return "reached"')()`,
  ],
  ['a class of the host', `return hostFunction().constructor.constructor('return "reached"')()`],
  ['a method of the host', `return hostFunction().get.constructor('return "reached"')()`],
  ['an array of the host', `return hostFunction().get('host').fill.constructor('return "reached"')()`],
  [
    'a generator of the host',
    `const g = Object.getPrototypeOf(Object.getPrototypeOf(hostFunction()[Symbol.iterator]())); return g.constructor.constructor('return "reached"')()`,
  ],
  [
    'an error of the host',
    `try { hostFunction().get.call(1) } catch (e) { return e.constructor.constructor('return "reached"')() }`,
  ],
  ['the coders', `return TextEncoder.constructor('return "reached"')()`],
  ['process', `return typeof process !== 'undefined' ? 'reached' : 'not there'`],
  ['require', `return typeof require !== 'undefined' ? 'reached' : 'not there'`],
  ['fetch', `return typeof fetch !== 'undefined' ? 'reached' : 'not there'`],
  ['timers', `return typeof setTimeout !== 'undefined' ? 'reached' : 'not there'`],
  ['import()', `return import('node:fs').then(() => 'reached', () => 'refused') && 'asked'`],
  ['shared memory', `return typeof SharedArrayBuffer !== 'undefined' ? 'reached' : 'not there'`],
];

test('no way leads from the glue to Node, to modules or to code made from text', async () => {
  const [control, ...outcomes] = await evaluate([`return 'reached'`, ...ATTEMPTS.map(([, code]) => code)]);
  expect(control).toEqual({ value: 'reached' });
  const reached = ATTEMPTS.filter((_, index) => outcomes[index]?.value?.includes('reached'));
  expect(reached.map(([way]) => way)).toEqual([]);
  expect(outcomes).toHaveLength(ATTEMPTS.length);
});

describe('reading the memory of the guest', () => {
  test.each([
    ['ends outside', '65530, 7'],
    ['begins outside', '65537, 0'],
    ['has a length that is negative as a signed number', '0, -1'],
    ['has an address that is negative as a signed number', '-8, 4'],
  ])('a list that %s traps', async (_, range) => {
    const memory = 'const memory = new WebAssembly.Memory({ initial: 1 });';
    const [outcome] = await evaluate([`${memory} return guestBytes(memory, ${range}).length`]);
    expect(outcome).toEqual({ thrown: 'RuntimeError: unreachable' });
  });

  test('text has to be valid, and keeps its byte order mark', async () => {
    const decode = (bytes: string) => `return new TextDecoder().decode(new Uint8Array([${bytes}])).length`;
    expect(
      await evaluate([decode('0xef, 0xbb, 0xbf, 65'), decode('65, 0xff'), decode('0xed, 0xa0, 0x80')]),
    ).toEqual([
      { value: '2' },
      { thrown: 'RuntimeError: unreachable' },
      { thrown: 'RuntimeError: unreachable' },
    ]);
  });
});
