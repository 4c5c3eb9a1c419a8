import { expect, test } from 'vitest';
import {
  CANISTER_KINDS,
  LOCALNET_DEFAULTS,
  type LocalnetOptions,
  startLocalnet,
} from '#src/main/localnet/index.js';

test('by default there is one canister of each kind, controlled by everybody who signs nothing', async () => {
  await using localnet = await startLocalnet();
  expect(localnet.canisters.map((canister) => canister.kind)).toEqual([...CANISTER_KINDS]);
  expect(localnet.canisters.map((canister) => canister.name)).toEqual([...CANISTER_KINDS]);
  expect(LOCALNET_DEFAULTS.controllers).toEqual(['2vxsx-fae']);
  expect(localnet.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(localnet.rootKeyHex).toHaveLength(266);
});

test('keys follow from the seed, ids from the order', async () => {
  await using first = await startLocalnet({ seed: 'one' });
  await using again = await startLocalnet({ seed: 'one' });
  await using other = await startLocalnet({ seed: 'two' });
  expect(again.rootKeyHex).toBe(first.rootKeyHex);
  expect(other.rootKeyHex).not.toBe(first.rootKeyHex);
  expect(again.canisters).toEqual(first.canisters);
});

test('names and ids are given where none are chosen', async () => {
  const id = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';
  await using localnet = await startLocalnet({
    canisters: [{ kind: 'kv' }, { kind: 'kv' }, { kind: 'kv', name: 'mine', id }, { kind: 'kv' }],
  });
  expect(localnet.canisters.map((canister) => canister.name)).toEqual(['kv', 'kv-2', 'mine', 'kv-3']);
  const ids = localnet.canisters.map((canister) => canister.id);
  expect(ids[2]).toBe(id);
  expect(new Set(ids).size).toBe(4);
});

const wrong: [string, LocalnetOptions, string, string][] = [
  ['a negative latency', { updateLatencyMs: -1 }, 'INVALID_OPTION', 'updateLatencyMs'],
  ['a latency that is no number', { queryLatencyMs: Number.NaN }, 'INVALID_OPTION', 'queryLatencyMs'],
  ['a round longer than a timer', { roundMs: 2 ** 31 }, 'INVALID_OPTION', 'roundMs'],
  ['a port out of range', { port: 65_536 }, 'INVALID_OPTION', 'port'],
  ['an unknown subnet key', { subnetKey: 'none' as 'root' }, 'INVALID_OPTION', 'subnetKey'],
  ['an unknown kind', { canisters: [{ kind: 'nns' as 'kv' }] }, 'INVALID_OPTION', 'canisters[0].kind'],
  [
    'a name twice',
    {
      canisters: [
        { kind: 'kv', name: 'a' },
        { kind: 'test', name: 'a' },
      ],
    },
    'INVALID_OPTION',
    'canisters[1].name',
  ],
  [
    'an id twice',
    {
      canisters: [
        { kind: 'kv', id: 'bkyz2-fmaaa-aaaaa-qaaaq-cai' },
        { kind: 'test', id: 'bkyz2-fmaaa-aaaaa-qaaaq-cai' },
      ],
    },
    'INVALID_OPTION',
    'canisters[1].id',
  ],
  [
    'an id of no canister',
    { canisters: [{ kind: 'kv', id: '2vxsx-fae' }] },
    'INVALID_OPTION',
    'canisters[0].id',
  ],
  ['an id that is none', { canisters: [{ kind: 'kv', id: 'x' }] }, 'INVALID_PRINCIPAL', 'canisters[0].id'],
  ['a controller that is none', { controllers: ['nobody!'] }, 'INVALID_PRINCIPAL', 'controllers'],
];

test.each(wrong)('%s is refused', async (_name, options, code, named) => {
  await expect(startLocalnet(options)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(named),
  });
});
