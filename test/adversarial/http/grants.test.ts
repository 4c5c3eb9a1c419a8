// Runs of what a token was not given: by whatever way they are asked for, none is made; and none begins once its token has
// been revoked, or what it was given has been taken away.

import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { LOOP, OK, watPlugin } from '../../support/wat-plugin.js';
import { AttackedService, GRANTED, NOWHERE, OTHER } from './support/attacked-service.js';

const KEYED = new URL('../../../fixtures/build/seed-data-keyed.wasm', import.meta.url);
const IDENTITIES = { deployer: { anonymous: true }, treasurer: { anonymous: true } };
const BINDINGS = { identities: ['deployer'], networks: ['local'], canisters: ['granted'] };

let network: Localnet;
let service: AttackedService;
let member: string;
let keyed: string;
let wanted: Readonly<Record<string, unknown>>;

/** One run at a time, so that there is a queue. */
function start(granted: readonly string[], folder?: string): Promise<AttackedService> {
  return AttackedService.start(
    { identities: IDENTITIES },
    {
      networks: { local: network, treasury: NOWHERE },
      canisters: { granted, others: [OTHER] },
      concurrency: 1,
      ...(folder === undefined ? {} : { folder }),
    },
  );
}

beforeAll(async () => {
  network = await startLocalnet();
  service = await start([GRANTED]);
  member = service.token(['run'], BINDINGS);
  keyed = await service.plugin(readFileSync(KEYED));
  wanted = { plugin: keyed, network: 'local', identity: 'deployer', canister: GRANTED };
});
afterEach(() => service.expectGood());
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await network.close();
});

/** How many runs and batches there are. */
async function made(): Promise<number> {
  const counts = await Promise.all(
    ['/v1/runs', '/v1/batches'].map(async (path) => {
      const { body } = await service.ask('GET', path, { token: service.admin });
      return JSON.parse(body).items.length as number;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

describe.each<readonly [string, Readonly<Record<string, unknown>>]>([
  ['an identity of others', { identity: 'treasurer' }],
  ['an identity that there is not', { identity: 'nobody' }],
  ['an identity of every object', { identity: 'constructor' }],
  ['a network of others', { network: 'treasury' }],
  ['a network that there is not', { network: 'nothing' }],
  ['a network of every object', { network: 'toString' }],
  ['a canister of others', { canister: OTHER }],
  ['the management canister', { canister: 'aaaaa-aa' }],
  ['the anonymous principal', { canister: '2vxsx-fae' }],
  ['a proxy of others', { proxy: OTHER }],
  ['a canister of others to call', { canisters: { friend: OTHER } }],
  ['a canister of others to call, behind one of its own', { canisters: { own: GRANTED, friend: OTHER } }],
  ['a canister of others under the name of every object', { canisters: { constructor: OTHER } }],
])('%s', (_about, more) => {
  const { canister, ...step } = { canister: GRANTED, ...more };

  test('is not run against, by itself or in a batch', async () => {
    const before = await made();
    const many = Array.from({ length: 120 }, () => wanted);
    const { canister: _, ...common } = wanted;
    const requests: (readonly [string, unknown])[] = [
      ['/v1/runs', { ...wanted, ...more }],
      ['/v1/batches', { runs: [{ ...wanted, ...more }] }],
      ['/v1/batches', { runs: [...many, { ...wanted, ...more }] }],
      ['/v1/batches', { defaults: { ...common, ...step }, runs: [{ canister }] }],
      ['/v1/batches', { defaults: common, runs: [{ canister: GRANTED }, { canister, ...step }] }],
    ];
    for (const [path, body] of requests) {
      const answer = await service.post(path, body, member);
      service.expectProblem(answer, 'ACCESS_DENIED');
    }
    expect(await made()).toBe(before);
  });
});

test('what there is and what there is not are refused in the same words', async () => {
  for (const [name, there, absent] of [
    ['identity', 'treasurer', 'nobodyyyy'],
    ['network', 'treasury', 'nothingg'],
  ] as const) {
    const [theirs, nobodys] = [
      await service.post('/v1/runs', { ...wanted, [name]: there }, member),
      await service.post('/v1/runs', { ...wanted, [name]: absent }, member),
    ];
    expect(theirs.body.replaceAll(there, 'X')).toBe(nobodys.body.replaceAll(absent, 'X'));
  }
  const { body } = await service.ask('GET', '/v1/session', { token: member });
  expect(body).not.toMatch(/treasur|others/);
});

test('ids that it is told grant nothing, and are no reason to refuse', async () => {
  const answer = await service.post('/v1/runs', { ...wanted, canisterIds: { friend: OTHER } }, member);
  expect(answer.status).toBe(201);
  await service.ended(JSON.parse(answer.body).id);
});

test.each([
  'rrkah-fqaaa-aaaaa-aaaaq-caj',
  'rrkah-fqaaa-aaaaa-aaaaq-ca',
  'aaaaa',
  'a',
  '-',
  'rrkahfqaaaaaaaaaaaaqcai',
  GRANTED.toUpperCase(),
  `${GRANTED} `,
  `${GRANTED}\n`,
  `${GRANTED}-aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaaa-aaaaa`,
])('%j is no principal', async (principal) => {
  for (const more of [
    { canister: principal },
    { proxy: principal },
    { canisters: { a: principal } },
    { canisterIds: { a: principal } },
  ]) {
    const answer = await service.post('/v1/runs', { ...wanted, ...more }, member);
    expect(answer.status).toBe(400);
    service.expectProblem(
      answer,
      JSON.parse(answer.body).code === 'INVALID_PRINCIPAL' ? 'INVALID_PRINCIPAL' : 'REQUEST_INVALID',
    );
  }
});

test('an admin who is bound does not run what it may see', async () => {
  const { body } = await service.post('/v1/runs', { ...wanted, canister: OTHER }, service.admin);
  const { id } = JSON.parse(body);
  await service.ended(id);
  const bound = service.token(['admin'], BINDINGS);
  expect((await service.ask('GET', `/v1/runs/${id}`, { token: bound })).status).toBe(200);
  service.expectProblem(await service.ask('POST', `/v1/runs/${id}/retry`, { token: bound }), 'ACCESS_DENIED');
});

test('no run begins whose token was revoked while it waited', async () => {
  const { store } = service.running.service;
  const { token, secret } = store.tokens.create({ name: 'leaves', scopes: ['run'], ...BINDINGS });
  const endless = await service.plugin(await watPlugin({ body: LOOP + OK }));
  const first = JSON.parse(
    (await service.post('/v1/runs', { ...wanted, plugin: endless, canister: OTHER }, service.admin)).body,
  ).id;
  const waits = JSON.parse((await service.post('/v1/runs', wanted, secret)).body).id;
  store.tokens.revoke(token.id);
  service.expectProblem(await service.ask('GET', `/v1/runs/${waits}`, { token: secret }), 'UNAUTHENTICATED');
  expect((await service.ask('POST', `/v1/runs/${first}/cancel`, { token: service.admin })).status).toBe(202);
  expect(await service.ended(waits)).toMatchObject({ state: 'failed', error: { code: 'UNAUTHENTICATED' } });
  expect(store.updates.ofRun(waits)).toEqual([]);
});

test('what was given and taken away is not run again, by whatever way', async () => {
  const earlier = await start([GRANTED, OTHER]);
  const { folder } = earlier.running;
  const endless = await earlier.plugin(await watPlugin({ body: LOOP + OK }));
  await earlier.plugin(readFileSync(KEYED));
  const owner = earlier.token(['run'], BINDINGS);
  const headers = { 'idempotency-key': 'once' };
  const theirs = { ...wanted, canister: OTHER };
  const run = JSON.parse((await earlier.post('/v1/runs', theirs, owner, headers)).body).id;
  await earlier.ended(run);
  const batch = JSON.parse((await earlier.post('/v1/batches', { runs: [theirs, wanted] }, owner)).body).id;
  for (const { id } of earlier.running.service.store.history.runs({ batchId: batch }).items)
    await earlier.ended(id);
  const ends = await earlier.post('/v1/runs', { ...wanted, plugin: endless }, owner);
  expect(ends.status).toBe(201);
  const waits = JSON.parse((await earlier.post('/v1/runs', theirs, owner)).body).id;
  await earlier.running.close();

  await using later = await start([GRANTED], folder);
  const states = JSON.stringify({ states: ['succeeded', 'failed'] });
  for (const answer of [
    await later.post('/v1/runs', theirs, owner, headers),
    await later.ask('POST', `/v1/runs/${run}/retry`, { token: owner }),
    await later.ask('POST', `/v1/batches/${batch}/retry`, { token: owner, body: states }),
  ]) {
    later.expectProblem(answer, 'ACCESS_DENIED');
  }
  // What waited when it was taken away is looked at again before it begins.
  expect(await later.ended(waits)).toMatchObject({ state: 'failed', error: { code: 'ACCESS_DENIED' } });
  expect((await later.ask('GET', `/v1/runs/${run}`, { token: owner })).status).toBe(200);
});
