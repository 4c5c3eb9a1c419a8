// Those who have no token, a wrong one, one that was revoked or that may do less; and those who ask for what is somebody
// else's. To these, what they may not see is not there: the answers are the same to the byte.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES, type Route } from '#src/main/server/api/index.js';
import type { Scope } from '#src/main/server/store/index.js';
import { tarOf } from '../../support/tar-bytes.js';
import { watPlugin } from '../../support/wat-plugin.js';
import { AttackedService, GRANTED, NO_HASH, NO_ID, type Question } from './support/attacked-service.js';
import { type RawAnswer, RawConnection } from './support/raw-client.js';

const ENTRIES = Object.entries<Route>(ROUTES);

let service: AttackedService;
let plugin: string;
let before: Record<string, string>;

beforeAll(async () => {
  service = await AttackedService.start();
  plugin = await service.plugin(await watPlugin());
  before = service.kept();
});
afterEach(() => service.expectGood());
afterAll(() => service[Symbol.asyncDispose]());

function pathOf({ path }: Route, id = NO_ID): string {
  return path.replace(':id', id).replace(':sha256', NO_HASH);
}

/** Something to send that the route takes. */
function questionOf({ body, upload }: Route): Question {
  if (upload !== undefined) return { body: 'x', type: upload[0] as string };
  return body === undefined ? {} : { body: '{}' };
}

describe.each(ENTRIES)('%s', (_name, route) => {
  const ask = (question: Question): Promise<RawAnswer> =>
    service.ask(route.method, pathOf(route), { ...questionOf(route), ...question });

  test('is not for those without a token that opens something', async () => {
    const real = service.token(['admin']);
    const revoked = service.running.service.store.tokens.create({ name: 'revoked', scopes: ['admin'] });
    service.running.service.store.tokens.revoke(revoked.token.id);
    const tokens = [
      undefined,
      '',
      'x',
      revoked.secret,
      revoked.token.id,
      real.slice(0, -1),
      `${real}A`,
      real.toUpperCase(),
      `${real.slice(0, -1)}${real.endsWith('A') ? 'B' : 'A'}`,
      `${real},${real}`,
      `sandpool_${'A'.repeat(43)}`,
      'undefined',
      'null',
      'é'.repeat(40),
      'x'.repeat(8000),
    ];
    const bodies = new Set<string>();
    for (const token of tokens) {
      const answer = await ask(token === undefined ? {} : { token });
      service.expectProblem(answer, 'UNAUTHENTICATED');
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      bodies.add(answer.body);
    }
    for (const authorization of [
      real,
      `Basic ${Buffer.from(`x:${real}`).toString('base64')}`,
      `Token ${real}`,
    ]) {
      const answer = await ask({ headers: { authorization } });
      service.expectProblem(answer, 'UNAUTHENTICATED');
      bodies.add(answer.body);
    }
    expect(bodies.size).toBe(1);
    expect(service.kept()).toEqual(before);
  });
});

test.each(ENTRIES.filter(([, { scope }]) => scope !== 'read'))(
  '%s is not for those who may do less',
  async (_name, route) => {
    for (const scopes of [
      [],
      ['read'],
      ...(route.scope === 'admin' ? [['run'], ['read', 'run']] : []),
    ] as Scope[][]) {
      const question = { ...questionOf(route), token: service.token(scopes) };
      service.expectProblem(await service.ask(route.method, pathOf(route), question), 'SCOPE_MISSING');
    }
    expect(service.kept()).toEqual(before);
  },
);

test('a token without a scope sees nothing', async () => {
  const answer = await service.ask('GET', '/v1/session', { token: service.token([]) });
  service.expectProblem(answer, 'SCOPE_MISSING');
});

test('a token in the address, a cookie or a form is none', async () => {
  const token = service.token(['admin']);
  for (const path of [`/v1/session?token=${token}`, `/v1/session?access_token=${token}`]) {
    service.expectProblem(await service.ask('GET', path), 'UNAUTHENTICATED');
  }
  const answer = await service.ask('GET', '/v1/session', { headers: { cookie: `token=${token}` } });
  service.expectProblem(answer, 'UNAUTHENTICATED');
});

test('what is measured is for those with a token, and what is alive for all', async () => {
  service.expectProblem(await service.ask('GET', '/metrics'), 'UNAUTHENTICATED');
  service.expectProblem(await service.ask('GET', '/metrics', { token: 'x' }), 'UNAUTHENTICATED');
  const { body } = await service.ask('GET', '/healthz');
  expect(JSON.parse(body)).toEqual({ status: 'ok' });
});

describe('what is somebody else’s', () => {
  let owner: string;
  let other: string;
  let run: string;
  let batch: string;
  let bundle: string;

  beforeAll(async () => {
    owner = service.token(['run']);
    other = service.token(['run']);
    const wanted = { plugin, network: 'nowhere', identity: 'deployer', canister: GRANTED };
    run = JSON.parse((await service.post('/v1/runs', wanted, owner)).body).id;
    batch = JSON.parse((await service.post('/v1/batches', { runs: [wanted] }, owner)).body).id;
    const archive = tarOf({ name: 'mine.txt', content: 'mine' });
    const uploaded = await service.ask('POST', '/v1/bundles', {
      token: owner,
      body: archive,
      type: 'application/x-tar',
    });
    bundle = JSON.parse(uploaded.body).sha256;
    await service.ended(run);
  });

  /** An answer with everything in it that any two answers differ in taken out. */
  function comparable({ status, headers, body }: RawAnswer, id: string): unknown {
    const { date: _, 'x-ratelimit-remaining': _left, 'x-ratelimit-reset': _reset, ...others } = headers;
    return { status, others, body: body.replaceAll(id, 'ID') };
  }

  test.each([
    ['GET', '/v1/runs/ID'],
    ['GET', '/v1/runs/ID/log'],
    ['GET', '/v1/runs/ID/updates'],
    ['GET', '/v1/runs/ID/events'],
    ['POST', '/v1/runs/ID/cancel'],
    ['POST', '/v1/runs/ID/retry'],
    ['GET', '/v1/runs?batch=BATCH'],
    ['GET', '/v1/batches/BATCH'],
    ['GET', '/v1/batches/BATCH/events'],
    ['POST', '/v1/batches/BATCH/cancel'],
    ['POST', '/v1/batches/BATCH/retry'],
    ['DELETE', '/v1/bundles/BUNDLE'],
  ])('%s %s is not there', async (method, template) => {
    const ask = (id: string): Promise<RawAnswer> => {
      const path = template.replace(/ID|BATCH|BUNDLE/, id);
      return service.ask(method, path, {
        token: other,
        headers: { 'idempotency-key': 'guess' },
        ...(path.endsWith('/retry') && template.includes('BATCH') ? { body: '{"states":["failed"]}' } : {}),
      });
    };
    const there = template.includes('BATCH') ? batch : template.includes('BUNDLE') ? bundle : run;
    const absent = template.includes('BUNDLE') ? NO_HASH : NO_ID;
    const [theirs, nobodys] = [await ask(there), await ask(absent)];
    expect(theirs.status).toBe(404);
    expect(comparable(theirs, there)).toEqual(comparable(nobodys, absent));
    // The owner is answered otherwise.
    const path = template.replace(/ID|BATCH|BUNDLE/, there);
    if (method !== 'GET' || path.endsWith('/events')) return;
    expect((await service.ask('GET', path, { token: owner })).status).toBe(200);
  });

  test('is in no list', async () => {
    for (const path of ['/v1/runs', '/v1/batches', '/v1/bundles', '/v1/totals?from=2026-01-01T00:00:00Z']) {
      const { status, body } = await service.ask('GET', path, { token: other });
      expect([status, JSON.parse(body).items], path).toEqual([200, []]);
      const owned = await service.ask('GET', path, { token: owner });
      expect(JSON.parse(owned.body).items.length, path).toBeGreaterThan(0);
    }
  });

  test('is in no stream of events', async () => {
    const mine = { plugin, network: 'nowhere', identity: 'deployer', canister: GRANTED };
    const connection = await RawConnection.open(service.port);
    connection.send(`${service.head('GET', '/v1/events?after=0', { token: other })}\r\n`);
    await connection.until((received) => received.includes(': sandpool'));
    const theirs = JSON.parse((await service.post('/v1/runs', mine, owner)).body).id;
    await service.ended(theirs);
    const own = JSON.parse((await service.post('/v1/runs', mine, other)).body).id;
    await connection.until((received) => received.includes('run-finished'));
    connection.end();
    expect(connection.received).toContain(own);
    for (const id of [theirs, run, batch]) expect(connection.received).not.toContain(id);
  });

  test('is not reached by its idempotency key', async () => {
    const wanted = { plugin, network: 'nowhere', identity: 'deployer', canister: GRANTED };
    const headers = { 'idempotency-key': 'the-same-key' };
    const made = [];
    for (const token of [owner, other, owner])
      made.push(await service.post('/v1/runs', wanted, token, headers));
    const [first, second, third] = made.map(({ body }) => JSON.parse(body).id);
    expect(made.map(({ status }) => status)).toEqual([201, 201, 200]);
    expect(second).not.toBe(first);
    expect(third).toBe(first);
    const changed = await service.post('/v1/runs', { ...wanted, label: 'other' }, owner, headers);
    service.expectProblem(changed, 'IDEMPOTENCY_CONFLICT');
    const batched = await service.post('/v1/batches', { runs: [wanted] }, owner, headers);
    service.expectProblem(batched, 'IDEMPOTENCY_CONFLICT');
    for (const key of ['', ' ', 'a b', 'a\x01', 'é', 'x'.repeat(201)]) {
      const answer = await service.post('/v1/runs', wanted, owner, { 'idempotency-key': key });
      expect(answer.status, JSON.stringify(key)).toBe(400);
      service.expectProblem(answer, 'REQUEST_INVALID');
    }
  });

  test('may be seen by those who watch, and is not changed by them', async () => {
    const watcher = service.token(['run'], { seesAllRuns: true });
    expect((await service.ask('GET', `/v1/runs/${run}`, { token: watcher })).status).toBe(200);
    for (const path of [`/v1/runs/${run}/cancel`, `/v1/runs/${run}/retry`, `/v1/batches/${batch}/cancel`]) {
      service.expectProblem(await service.ask('POST', path, { token: watcher }), 'ACCESS_DENIED');
    }
    const retried = await service.post(`/v1/batches/${batch}/retry`, {}, watcher);
    service.expectProblem(retried, 'ACCESS_DENIED');
    const bundles = await service.ask('GET', '/v1/bundles', { token: watcher });
    expect(JSON.parse(bundles.body).items).toEqual([]);
  });

  test('the audit is for admins, and says who did what', async () => {
    const { body } = await service.ask('GET', '/v1/audit', { token: service.admin });
    const actions = JSON.parse(body).items.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(
      expect.arrayContaining(['run.create', 'batch.create', 'bundle.upload', 'plugin.upload']),
    );
    expect(actions).not.toContain('run.retry');
    expect(actions).not.toContain('bundle.delete');
    expect(body).not.toMatch(/sandpool_/);
  });
});

describe('the number of requests', () => {
  test('is counted for each token, and for those without a valid one by address', async () => {
    await using limited = await AttackedService.start({ requests: { perMinute: 6 } });
    const [one, another] = [limited.token(['read']), limited.token(['read'])];
    const ask = (token: string | undefined, path = '/v1/session'): Promise<RawAnswer> =>
      limited.ask('GET', path, token === undefined ? {} : { token });
    const guesses = [undefined, 'x', `sandpool_${'A'.repeat(43)}`, 'y', 'z'];
    for (const guess of guesses) expect((await ask(guess)).status).toBe(401);
    expect((await ask(undefined, '/v1/nothing')).status).toBe(404);
    for (const guess of guesses) {
      const answer = await ask(guess);
      limited.expectProblem(answer, 'RATE_LIMITED');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    limited.expectProblem(await ask(undefined, '/v1/nothing'), 'RATE_LIMITED');
    // Whatever was guessed, those with a token have what is theirs.
    for (let count = 0; count < 4; count += 1) expect((await ask(one)).status).toBe(200);
    // What a token may not do counts too.
    limited.expectProblem(await ask(one, '/v1/audit'), 'SCOPE_MISSING');
    limited.expectProblem(await ask(one, '/v1/runs/x'), 'REQUEST_INVALID');
    limited.expectProblem(await ask(one), 'RATE_LIMITED');
    limited.expectProblem(await ask(one, '/metrics'), 'RATE_LIMITED');
    expect((await ask(another)).status).toBe(200);
    expect((await ask(undefined, '/healthz')).status).toBe(200);
    await limited.expectGood();
  });
});
