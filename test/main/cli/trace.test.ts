import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import type { ReportDocument } from '#src/main/sync/report-document.js';
import { CANISTERS_PROCESS, PLUGINS_PROCESS, type TraceEvent } from '#src/main/sync/trace-recorder.js';
import { makeProject, removeProject, sandpool, start } from './command-line.js';
import { failing, incrementing } from './guests.js';

type Stretch = Extract<TraceEvent, { ph: 'X' }>;

let localnet: Localnet;
let folder: string;

beforeAll(async () => {
  const kinds = { alpha: 'kv', beta: 'kv', probe: 'test' } as const;
  localnet = await startLocalnet({
    canisters: Object.entries(kinds).map(([name, kind]) => ({ kind, name })),
    updateLatencyMs: 20,
  });
  const seed = '{type: plugin, path: seed.wasm, dirs: [data]}';
  folder = makeProject({
    network: localnet,
    steps: {
      alpha: `[${seed}, ${seed}]`,
      beta: `[${seed}, {type: plugin, path: bad.wasm}]`,
      probe: '[{type: plugin, path: count.wasm}]',
    },
    files: {
      'data/one.txt': 'first',
      'data/two.txt': 'second',
      'bad.wasm': await failing('no'),
      'count.wasm': await incrementing(),
    },
  });
});
afterAll(async () => {
  await localnet.close();
  removeProject(folder);
});

function traced(): TraceEvent[] {
  const trace = JSON.parse(readFileSync(join(folder, 'trace.json'), 'utf8'));
  expect(Object.keys(trace)).toEqual(['displayTimeUnit', 'otherData', 'traceEvents']);
  return trace.traceEvents;
}

const stretches = (events: readonly TraceEvent[]) =>
  events.filter((event): event is Stretch => event.ph === 'X');

function isInside(inner: Stretch, outer: Stretch): boolean {
  return inner.ts >= outer.ts && inner.ts + inner.dur <= outer.ts + outer.dur;
}

const rowOf = ({ pid, tid }: Stretch) => `${pid} ${tid}`;

/** Every stretch of a row is in another, beside it, or around it; nowhere do two overlap otherwise. */
function expectNested(events: readonly Stretch[]): void {
  for (const place of new Set(events.map(rowOf))) {
    const row = events.filter((event) => rowOf(event) === place);
    for (const one of row) {
      for (const other of row) {
        const apart = one.ts + one.dur <= other.ts || other.ts + other.dur <= one.ts;
        expect(apart || isInside(one, other) || isInside(other, one), `${one.name} and ${other.name}`).toBe(
          true,
        );
      }
    }
  }
}

test('a sync, row by row', async () => {
  await sandpool(
    ['sync', '-e', 'test', 'alpha', 'beta', '--trace', 'trace.json', '--report', 'report.json'],
    folder,
  );
  const report: ReportDocument = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  const events = traced();
  const all = stretches(events);
  expectNested(all);
  expect(all.every(({ ts, dur }) => Number.isInteger(ts) && Number.isInteger(dur) && dur >= 0)).toBe(true);
  for (const { canister, steps } of report.canisters) {
    const name = events.find(
      ({ ph, name, args }) =>
        ph === 'M' && name === 'thread_name' && 'name' in args && args.name === canister,
    );
    const row = all.filter(({ pid, tid }) => pid === CANISTERS_PROCESS && tid === name?.tid);
    const of = (cat: Stretch['cat']) => row.filter((one) => one.cat === cat);
    const [whole] = of('canister');
    expect(of('canister')).toHaveLength(1);
    expect(of('step').map(({ name }) => name)).toEqual(steps.map(({ label }) => label));
    expect(of('queued')).toHaveLength(steps.length);
    for (const [index, { statistics, updates }] of steps.entries()) {
      const run = of('step')[index];
      if (whole === undefined || run === undefined) throw new Error('a stretch is missing');
      expect(isInside(run, whole)).toBe(true);
      const calls = of('call').filter((call) => isInside(call, run));
      expect(calls).toHaveLength(statistics?.hostCalls ?? -1);
      expect(calls.map(({ name, args }) => [name, args])).toEqual(
        updates.map(({ method, number, canisterId: target }) => [
          method,
          { number, kind: 'update', target, outcome: 'ok' },
        ]),
      );
      const others = [...of('compute'), ...of('settling')].filter((one) => isInside(one, run));
      const inside = [...calls, ...others];
      // What is between the calls is computing, without gaps; what is behind it may be long enough to be told.
      expect(inside.reduce((sum, { dur }) => sum + dur, 0)).toBe(run.dur);
    }
  }
  expect(
    all
      .filter(({ pid }) => pid === PLUGINS_PROCESS)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['bad.wasm', 'seed.wasm']);
});

test('a sync that is left at once has a trace all the same', async () => {
  localnet.inject({ kind: 'no-reply', endpoint: 'call', method: 'increment' });
  const command = start(['sync', '-e', 'test', 'probe', '--json', '--trace', 'trace.json'], folder);
  try {
    await command.until('stdout', /"call-started"/);
    command.kill('SIGINT');
    await command.until('stdout', /"cancelling"/);
    command.kill('SIGINT');
    expect((await command.ended).signal).toBe('SIGKILL');
  } finally {
    command.kill('SIGKILL');
    localnet.clearFaults();
  }
  const all = stretches(traced());
  expectNested(all);
  expect(all.filter(({ pid }) => pid === CANISTERS_PROCESS).map(({ cat, args }) => [cat, args])).toEqual(
    expect.arrayContaining([
      ['call', expect.objectContaining({ outcome: 'unfinished' })],
      ['step', expect.objectContaining({ outcome: 'unfinished' })],
      ['canister', { outcome: 'unfinished' }],
    ]),
  );
});
