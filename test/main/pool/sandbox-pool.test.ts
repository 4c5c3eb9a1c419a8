import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { RunResult, RunUsage, SandpoolError } from '#src/main/index.js';
import { type PoolOptions, type PreparedPlugin, SandboxPool } from '#src/main/index.js';
import { hostAnswering, hostCalling, inputFor } from '../../support/host.js';
import { TRANSLATIONS } from '../../support/translations.js';
import { callCanister, LOOP, OK, repeat, type WatGuest, watPlugin } from '../../support/wat-plugin.js';

const pools: SandboxPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close({ deadlineMs: 0 })));
});

async function poolWith(options: PoolOptions = {}): Promise<SandboxPool> {
  const pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 8, ...options });
  pools.push(pool);
  return pool;
}

async function prepared(pool: SandboxPool, guest: WatGuest): Promise<PreparedPlugin> {
  return pool.prepare({ bytes: await watPlugin(guest) });
}

function errorOf(result: RunResult): SandpoolError {
  if (result.ok) throw new Error('the run ended well');
  return result.error;
}

/** A promise and the function that resolves it. */
function signalled<Value = void>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const calls = { body: `${callCanister()} ${OK}` };
const loops = { body: `${LOOP} (unreachable)` };
const error = (text: string): WatGuest => ({
  body: '(i32.const 32)',
  items: `(data (i32.const 32) "\\01\\00\\00\\00\\00\\01\\00\\00\\${text.length.toString(16).padStart(2, '0')}\\00\\00\\00") (data (i32.const 256) "${text}")`,
});

describe('a run', () => {
  test('ends well, with statistics of what it took', async () => {
    const pool = await poolWith();
    const result = await pool.run(await prepared(pool, calls), inputFor(), { host: hostAnswering() });
    expect(result).toMatchObject({
      ok: true,
      statistics: { hostCalls: 1, bytesSent: 0, bytesReceived: 3, peakMemoryBytes: 65_536 },
    });
    const { statistics } = result;
    expect(statistics.wallMs).toBeGreaterThanOrEqual(statistics.waitingMs);
    expect(statistics.clock).toBe(process.platform === 'linux' ? 'thread-cpu' : 'elapsed');
  });

  test('gives the error its plugin returned, word for word', async () => {
    const pool = await poolWith();
    const result = await pool.run(await prepared(pool, error('no seed data')), inputFor(), {
      host: hostAnswering(),
    });
    expect(errorOf(result)).toMatchObject({ code: 'PLUGIN_FAILED', kind: 'plugin', message: 'no seed data' });
  });

  test.each<[string, WatGuest, string, string]>([
    ['an unreachable', { body: '(unreachable)' }, 'PLUGIN_TRAPPED', 'unreachable'],
    ['a read out of bounds', { body: '(i32.load (i32.const -4))' }, 'PLUGIN_TRAPPED', 'out of bounds'],
    [
      'a division by zero',
      { body: '(i32.div_u (i32.const 1) (i32.const 0))' },
      'PLUGIN_TRAPPED',
      'divide by zero',
    ],
    [
      'a trap in a start function',
      { items: '(func $start (unreachable)) (start $start)' },
      'PLUGIN_TRAPPED',
      'unreachable',
    ],
    ['a trap in cabi_realloc', { realloc: '(unreachable)' }, 'PLUGIN_TRAPPED', 'unreachable'],
    [
      'deep recursion',
      { items: '(func $deep (result i32) (i32.add (call $deep) (i32.const 1)))', body: '(call $deep)' },
      'STACK_EXHAUSTED',
      'call stack',
    ],
    [
      'a result that is neither ok nor error',
      { body: '(i32.store8 (i32.const 512) (i32.const 9)) (i32.const 512)' },
      'PLUGIN_MISBEHAVED',
      'discriminant',
    ],
  ])('reports %s, and leaves its thread fit for the next', async (_what, guest, code, text) => {
    const pool = await poolWith({ maxThreads: 1 });
    const failed = errorOf(
      await pool.run(await prepared(pool, guest), inputFor(), { host: hostAnswering() }),
    );
    expect(failed.code).toBe(code);
    expect(failed.message).toContain(text);
    expect(await pool.run(await prepared(pool, calls), inputFor(), { host: hostAnswering() })).toMatchObject({
      ok: true,
    });
  });

  test('keeps no state for the next one of the same plugin', async () => {
    const pool = await poolWith({ maxThreads: 1 });
    const counter = await prepared(pool, {
      items: '(global $runs (mut i32) (i32.const 0))',
      body: '(if (global.get $runs) (then (unreachable))) (global.set $runs (i32.const 1)) (i32.const 8)',
    });
    for (let run = 0; run < 3; run++) {
      expect(await pool.run(counter, inputFor(), { host: hostAnswering() })).toMatchObject({ ok: true });
    }
  });

  test('is told to the logger, with how it ended and what it took', async () => {
    const logged: unknown[] = [];
    const logger = { debug: (...line: unknown[]) => logged.push(line), warn: () => {}, error: () => {} };
    const pool = await poolWith({ logger });
    await pool.run(await prepared(pool, { body: '(unreachable)' }), inputFor(7), { host: hostAnswering() });
    expect(logged).toEqual([
      [
        expect.objectContaining({ canisterId: 'canister-7', outcome: 'PLUGIN_TRAPPED', hostCalls: 0 }),
        'a run ended',
      ],
    ]);
  });

  test('whose host function throws ends as a defect of the host, and only that run', async () => {
    const pool = await poolWith();
    const plugin = await prepared(pool, calls);
    const host = hostCalling(() => Promise.reject(new Error('the client broke')));
    const failed = errorOf(await pool.run(plugin, inputFor(), { host }));
    expect(failed).toMatchObject({ code: 'INTERNAL' });
    expect(failed.message).toContain('the client broke');
    expect(await pool.run(plugin, inputFor(), { host: hostAnswering() })).toMatchObject({ ok: true });
  });
});

describe('many runs', () => {
  test('go at once, as many as there are threads', async () => {
    const pool = await poolWith({ maxThreads: 6 });
    const plugin = await prepared(pool, calls);
    const all = signalled();
    let waiting = 0;
    const host = hostCalling(async () => {
      waiting += 1;
      if (waiting === 6) all.resolve();
      await all.promise;
      return { tag: 'ok', val: new Uint8Array() };
    });
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, n) => pool.run(plugin, inputFor(n), { host })),
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
  });

  test('of one canister go one after another, in order', async () => {
    const pool = await poolWith();
    const plugin = await prepared(pool, calls);
    const order: string[] = [];
    const names = ['first', 'second', 'third'];
    const run = (name: string) =>
      pool.run(plugin, inputFor('same'), {
        host: hostCalling(async () => {
          order.push(name);
          // All three have been asked for by now; what has not had its turn is still queued.
          expect(pool.stats()).toMatchObject({ running: 1, queued: names.length - order.length });
          return { tag: 'ok', val: new Uint8Array() };
        }),
      });
    const results = await Promise.all(names.map(run));
    expect(results).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(order).toEqual(names);
  });

  test('of one canister do not hold the places of others while they wait their turn', async () => {
    const pool = await poolWith({ maxThreads: 2 });
    const plugin = await prepared(pool, calls);
    const release = signalled();
    const blocked = hostCalling(async () => {
      await release.promise;
      return { tag: 'ok', val: new Uint8Array() };
    });
    const same = [1, 2, 3].map(() => pool.run(plugin, inputFor('same'), { host: blocked }));
    expect(await pool.run(plugin, inputFor('other'), { host: hostAnswering() })).toMatchObject({ ok: true });
    release.resolve();
    expect((await Promise.all(same)).every(({ ok }) => ok)).toBe(true);
  });
});

describe('the compute budget', () => {
  const budget = { limits: { computeBudgetMs: 300 } };

  test.each<[string, WatGuest]>([
    ['loops in exec', loops],
    ['loops in a start function', { items: `(func $start ${LOOP}) (start $start)` }],
    ['loops in cabi_realloc', { realloc: `${LOOP} (unreachable)` }],
    [
      'fills memory without end',
      {
        body: '(drop (memory.grow (i32.const 1024))) (loop $forever (memory.fill (i32.const 65536) (i32.const 0) (i32.const 67108864)) (br $forever)) (unreachable)',
      },
    ],
    [
      'grows memory by nothing without end',
      { body: '(loop $forever (drop (memory.grow (i32.const 0))) (br $forever)) (unreachable)' },
    ],
  ])('ends a guest that %s', async (_what, guest) => {
    const pool = await poolWith(budget);
    const result = await pool.run(await prepared(pool, guest), inputFor(), { host: hostAnswering() });
    expect(errorOf(result)).toMatchObject({ code: 'COMPUTE_BUDGET_EXCEEDED', details: { budgetMs: 300 } });
    expect(result.statistics.computeMs).toBeGreaterThanOrEqual(300);
    expect(result.statistics.computeMs).toBeLessThan(600);
  });

  test('ends one that loops while twenty others finish undisturbed', async () => {
    const pool = await poolWith({ maxThreads: 24 });
    const [looping, calling] = await Promise.all([prepared(pool, loops), prepared(pool, calls)]);
    const spinning = pool.run(looping, inputFor('loops'), {
      host: hostAnswering(),
      limits: { computeBudgetMs: 1000 },
    });
    const others = Array.from({ length: 20 }, (_, n) =>
      pool.run(calling, inputFor(n), { host: hostAnswering() }),
    );
    expect((await Promise.all(others)).every(({ ok }) => ok)).toBe(true);
    expect(errorOf(await spinning).code).toBe('COMPUTE_BUDGET_EXCEEDED');
  });

  test('is not given back by calls: ten quick ones, then a loop, end after the budget of computing', async () => {
    const pool = await poolWith();
    const guest = await prepared(pool, { body: `${repeat(10, callCanister())} ${LOOP} (unreachable)` });
    const result = await pool.run(guest, inputFor(), {
      host: hostAnswering(),
      limits: { computeBudgetMs: 2000 },
    });
    expect(errorOf(result).code).toBe('COMPUTE_BUDGET_EXCEEDED');
    expect(result.statistics).toMatchObject({ hostCalls: 10 });
    const { computeMs, wallMs, waitingMs } = result.statistics;
    expect(computeMs).toBeGreaterThanOrEqual(2000);
    expect(computeMs).toBeLessThan(2200);
    // No thread has more CPU time than time: a clock that runs fast would show here.
    expect(wallMs - waitingMs).toBeGreaterThanOrEqual(1990);
  });

  test('is not charged for waiting on a host call', async () => {
    const pool = await poolWith({ limits: { computeBudgetMs: 100 } });
    const host = hostCalling(async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return { tag: 'ok', val: new Uint8Array() };
    });
    const result = await pool.run(await prepared(pool, calls), inputFor(), { host });
    expect(result).toMatchObject({ ok: true });
    expect(result.statistics.waitingMs).toBeGreaterThanOrEqual(399);
    expect(result.statistics.computeMs).toBeLessThan(100);
  });
});

describe('other limits', () => {
  test('wall time ends a run that waits', async () => {
    const pool = await poolWith();
    const host = hostCalling(() => new Promise(() => {}));
    const result = await pool.run(await prepared(pool, calls), inputFor(), {
      host,
      limits: { wallTimeMs: 100 },
    });
    expect(errorOf(result)).toMatchObject({ code: 'WALL_TIME_EXCEEDED', details: { limitMs: 100 } });
  });

  test('host calls are counted', async () => {
    const pool = await poolWith();
    const guest = await prepared(pool, { body: `${repeat(5, callCanister())} ${OK}` });
    const enough = await pool.run(guest, inputFor(), { host: hostAnswering(), limits: { hostCalls: 5 } });
    expect(enough).toMatchObject({ ok: true, statistics: { hostCalls: 5 } });
    const tooFew = await pool.run(guest, inputFor(), { host: hostAnswering(), limits: { hostCalls: 4 } });
    expect(errorOf(tooFew)).toMatchObject({ code: 'HOST_CALL_LIMIT_EXCEEDED', details: { limit: 4 } });
  });

  test('a request over its limit becomes an error to the plugin, and does not leave its thread', async () => {
    const pool = await poolWith();
    const guest = await prepared(pool, { body: `${callCanister()} (i32.const 64)` });
    const host = hostCalling(() => Promise.reject(new Error('it left its thread')));
    const result = await pool.run(guest, inputFor(), { host, limits: { argumentBytes: 3 } });
    expect(errorOf(result).message).toBe(
      'canister call failed: the request has 4 bytes, over the limit of 3',
    );
    expect(result.statistics.hostCalls).toBe(0);
  });

  test('a reply over its limit becomes an error to the plugin', async () => {
    const pool = await poolWith();
    // Returns whatever the call left: its first byte says ok or error, as the result of exec does.
    const guest = await prepared(pool, { body: `${callCanister()} (i32.const 64)` });
    const result = await pool.run(guest, inputFor(), {
      host: hostAnswering(new Uint8Array(1001)),
      limits: { replyBytes: 1000 },
    });
    expect(errorOf(result).message).toBe(
      'canister call failed: the reply has 1001 bytes, over the limit of 1000',
    );
  });

  test.each([
    [{ maxThreads: 0 }, 'maxThreads'],
    [{ minThreads: 5, maxThreads: 4 }, 'maxThreads'],
    [{ idleThreadMs: -1 }, 'idleThreadMs'],
    [{ limits: { computeBudgetMs: 0 } }, 'limits.computeBudgetMs'],
    [{ limits: { computeBudgetMs: Number.NaN } }, 'limits.computeBudgetMs'],
    [{ limits: { budget: 1 } as object }, 'limits'],
  ])(
    'an option out of bounds is refused, saying which, its bound and its value: %j',
    async (options, option) => {
      await expect(SandboxPool.create(options)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        details: { option },
      });
    },
  );
});

test('a run can be asked what it uses, while it runs and when it is over', async () => {
  const pool = await poolWith();
  let usage: (() => RunUsage) | undefined;
  let during: RunUsage | undefined;
  const result = await pool.run(await prepared(pool, calls), inputFor(), {
    host: hostCalling(async () => {
      during = usage?.();
      return { tag: 'ok', val: new Uint8Array(1) };
    }),
    onEvent: (event) => {
      if (event.type === 'started') usage = event.usage;
    },
  });
  expect(during).toMatchObject({ hostCalls: 1, memoryBytes: 65_536, sleepingMs: 0 });
  expect(during?.waitingMs).toBeGreaterThanOrEqual(0);
  const { computeMs, waitingMs, hostCalls, peakMemoryBytes } = result.statistics;
  expect(usage?.()).toMatchObject({ computeMs, waitingMs, hostCalls, memoryBytes: peakMemoryBytes });
  expect(during?.computeMs).toBeLessThanOrEqual(computeMs);
});

describe('cancelling', () => {
  test.each<[string, WatGuest, () => Promise<never>]>([
    ['computes', loops, () => new Promise(() => {})],
    ['waits for a reply that never comes', calls, () => new Promise(() => {})],
  ])('ends a run that %s, and its host call is told', async (_what, guest, canisterCall) => {
    const pool = await poolWith();
    const controller = new AbortController();
    const started = signalled();
    let told: AbortSignal | undefined;
    const result = pool.run(await prepared(pool, guest), inputFor(), {
      host: hostCalling((_request, { signal }) => {
        told = signal;
        return canisterCall();
      }),
      signal: controller.signal,
      onEvent: ({ type }) => type === 'started' && started.resolve(),
    });
    await started.promise;
    if (guest === calls) while (told === undefined) await new Promise(setImmediate);
    controller.abort();
    expect(errorOf(await result).code).toBe('CANCELLED');
    if (guest === calls) expect(told?.aborted).toBe(true);
  });

  test('takes a run out of the queue at once', async () => {
    const pool = await poolWith({ maxThreads: 1 });
    const plugin = await prepared(pool, calls);
    const release = signalled();
    const first = pool.run(plugin, inputFor(1), {
      host: hostCalling(async () => {
        await release.promise;
        return { tag: 'ok', val: new Uint8Array() };
      }),
    });
    const controller = new AbortController();
    const queued = pool.run(plugin, inputFor(2), { host: hostAnswering(), signal: controller.signal });
    const ordered = pool.run(plugin, inputFor(1), { host: hostAnswering(), signal: controller.signal });
    expect(pool.stats()).toMatchObject({ running: 1, queued: 2 });
    controller.abort();
    expect(errorOf(await queued).code).toBe('CANCELLED');
    expect(errorOf(await ordered).code).toBe('CANCELLED');
    release.resolve();
    expect(await first).toMatchObject({ ok: true });
  });

  test('before it starts never runs it', async () => {
    const pool = await poolWith();
    const result = await pool.run(await prepared(pool, calls), inputFor(), {
      host: hostCalling(() => Promise.reject(new Error('it was called'))),
      signal: AbortSignal.abort(),
    });
    expect(errorOf(result).code).toBe('CANCELLED');
  });

  test('gives the place back: a pool of one thread goes on', async () => {
    const pool = await poolWith({ maxThreads: 1 });
    const looping = await prepared(pool, loops);
    const calling = await prepared(pool, calls);
    for (let round = 0; round < 3; round++) {
      const controller = new AbortController();
      const run = pool.run(looping, inputFor(), {
        host: hostAnswering(),
        signal: controller.signal,
        onEvent: () => controller.abort(),
      });
      expect(errorOf(await run).code).toBe('CANCELLED');
      expect(await pool.run(calling, inputFor(), { host: hostAnswering() })).toMatchObject({ ok: true });
    }
  });
});

describe('closing', () => {
  test('lets running runs finish, refuses queued and later ones', async () => {
    const pool = await poolWith({ maxThreads: 1 });
    const plugin = await prepared(pool, calls);
    const asked = signalled();
    const release = signalled();
    const running = pool.run(plugin, inputFor(1), {
      host: hostCalling(async () => {
        asked.resolve();
        await release.promise;
        return { tag: 'ok', val: new Uint8Array() };
      }),
    });
    const queued = pool.run(plugin, inputFor(2), { host: hostAnswering() });
    await asked.promise;
    const closed = pool.close();
    expect(errorOf(await queued).code).toBe('POOL_CLOSED');
    await expect(pool.run(plugin, inputFor(3), { host: hostAnswering() })).rejects.toMatchObject({
      code: 'POOL_CLOSED',
    });
    release.resolve();
    expect(await running).toMatchObject({ ok: true });
    await closed;
    expect(pool.stats()).toMatchObject({ threads: 0, running: 0, queued: 0 });
  });

  test('ends what still runs at the deadline', async () => {
    const pool = await poolWith();
    const running = pool.run(await prepared(pool, loops), inputFor(), { host: hostAnswering() });
    await pool.close({ deadlineMs: 50 });
    expect(errorOf(await running).code).toBe('POOL_CLOSED');
  });

  test.runIf(process.platform === 'linux')('leaves no thread and no descriptor behind', async () => {
    const count = () => ({
      threads: readdirSync('/proc/self/task').length,
      descriptors: readdirSync('/proc/self/fd').length,
    });
    const once = async () => {
      const pool = await SandboxPool.create({ cacheFolder: TRANSLATIONS, maxThreads: 4 });
      const plugin = await prepared(pool, calls);
      await Promise.all([1, 2, 3, 4].map((n) => pool.run(plugin, inputFor(n), { host: hostAnswering() })));
      await pool.close();
    };
    await once();
    const before = count();
    await once();
    expect(count()).toEqual(before);
  });
});

describe('a prepared plugin', () => {
  test('is prepared once, however many ask at once', async () => {
    const pool = await poolWith();
    const bytes = await watPlugin(calls);
    const all = await Promise.all(Array.from({ length: 20 }, () => pool.prepare({ bytes })));
    expect(new Set(all.map(({ code }) => code)).size).toBe(1);
  });

  test('does not change with the buffer it came from', async () => {
    const pool = await poolWith();
    const bytes = await watPlugin(calls);
    const preparing = pool.prepare({ bytes });
    bytes.fill(0);
    expect(await pool.run(await preparing, inputFor(), { host: hostAnswering() })).toMatchObject({
      ok: true,
    });
  });

  test('must have the declared hash, in either case', async () => {
    const pool = await poolWith();
    const bytes = await watPlugin(calls);
    const { sha256 } = await pool.prepare({ bytes });
    await expect(pool.prepare({ bytes, sha256: sha256.toUpperCase() })).resolves.toMatchObject({ sha256 });
    const other = '0'.repeat(64);
    await expect(pool.prepare({ bytes, sha256: other, name: 'p.wasm' })).rejects.toMatchObject({
      code: 'PLUGIN_HASH_MISMATCH',
      details: { path: 'p.wasm', actual: sha256, expected: other },
    });
    await expect(pool.prepare({ bytes, sha256: 'abc' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  test('must be there and readable', async () => {
    const pool = await poolWith();
    await expect(pool.prepare({ path: '/nowhere/p.wasm' })).rejects.toMatchObject({
      code: 'PLUGIN_NOT_FOUND',
    });
    await expect(pool.prepare({ path: '/' })).rejects.toMatchObject({
      code: 'PLUGIN_UNREADABLE',
      details: { reason: 'EISDIR' },
    });
    await expect(pool.prepare({})).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('threads', () => {
  const usual = 0;
  const yielding = 10;

  /** The niceness of each of this process's threads, as the kernel has it. */
  const niceness = (): number[] =>
    readdirSync('/proc/self/task').map((thread) => {
      const status = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
      return Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[16]);
    });

  test.skipIf(process.platform !== 'linux')('leave the processor to the main thread', async () => {
    const pool = await poolWith({ minThreads: 2, maxThreads: 2 });
    pool.warm(2);
    await expect.poll(() => niceness().filter((nice) => nice === yielding)).toHaveLength(2);
    expect(niceness()).toContain(usual);
  });

  test('are started ahead though others are idle, and no more than are wanted', async () => {
    const pool = await poolWith({ minThreads: 1, maxThreads: 8 });
    const plugin = await prepared(pool, { body: OK });
    expect((await pool.run(plugin, inputFor(), { host: hostAnswering() })).ok).toBe(true);
    expect(pool.stats().threads).toBe(1);
    pool.warm(4);
    await expect.poll(() => pool.stats().threads).toBe(4);
    pool.warm(4);
    pool.warm(3);
    expect(pool.stats().threads).toBe(4);
  });
});
