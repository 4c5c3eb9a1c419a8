import { beforeEach, describe, expect, test } from 'vitest';
import type { ServiceEvent } from '#src/main/server/api/events.js';
import type { Run } from '#src/main/server/api/runs.js';
import { activityOf, BatchRows } from '../../../../src/main/server/page/data/batch-rows.js';
import { endedOf, totalOf } from '../../../../src/main/server/page/data/run-states.js';

const time = '2026-01-01T00:00:00.000Z';
let sequence = 0;
let rows: BatchRows;

function run(number: number, more: Partial<Run> = {}): Run {
  return {
    id: `00000000-0000-0000-0000-00000000000${number}`,
    state: 'queued',
    canister: `aaaaa-${number}`,
    network: 'local',
    identity: 'deployer',
    environment: 'local',
    plugin: '0'.repeat(64),
    priority: 0,
    attempt: 1,
    createdAt: time,
    ...more,
  };
}

type Told = ServiceEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'sequence' | 'time' | 'run'>
    : never
  : never;

function tell(number: number, event: Told): 'ended' | 'changed' | 'nothing' {
  sequence += 1;
  return rows.apply({ sequence, time, run: run(number).id, ...event } as ServiceEvent);
}

const started = { type: 'run-started', canister: 'aaaaa-1' } as const;
const computing = { type: 'run-computing' } as const;
const call = { type: 'call-started', call: 1, kind: 'update', method: 'put', target: 'aaaaa-1' } as const;
const failed = {
  type: 'run-finished',
  state: 'failed',
  error: { code: 'PLUGIN_FAILED', kind: 'plugin', message: 'no space', details: {} },
} as const;

beforeEach(() => {
  sequence = 0;
  rows = new BatchRows();
  rows.load([run(3), run(2, { label: 'Shop' }), run(1)]);
});

test('rows are in the order that the runs were made', () => {
  expect(rows.matching({ state: undefined, text: '' }).map(({ canister }) => canister)).toEqual([
    'aaaaa-1',
    'aaaaa-2',
    'aaaaa-3',
  ]);
});

test('a run is followed through its life', () => {
  const row = rows.row(run(1).id);
  const seen = [
    started,
    computing,
    call,
    { type: 'call-ended', call: 1, durationMs: 3, outcome: 'ok' } as const,
    failed,
  ].map((event) => [tell(1, event), row?.state, row === undefined ? '' : activityOf(row)]);
  expect(seen).toEqual([
    ['changed', 'running', 'preparing'],
    ['changed', 'running', 'computing'],
    ['changed', 'running', 'waiting on update put'],
    ['changed', 'running', 'computing'],
    ['ended', 'failed', 'no space'],
  ]);
  expect(rows.counts).toMatchObject({ queued: 2, running: 0, failed: 1 });
});

describe('nothing goes back', () => {
  test('when events come a second time', () => {
    tell(1, started);
    tell(1, failed);
    sequence = 0;
    expect([tell(1, started), tell(1, failed)]).toEqual(['nothing', 'nothing']);
    expect(rows.counts).toMatchObject({ queued: 2, running: 0, failed: 1 });
  });

  test('when a row was loaded in a later state than the events tell of', () => {
    rows.load([run(4, { state: 'succeeded' })]);
    expect(tell(4, started)).toBe('nothing');
    expect(rows.row(run(4).id)?.state).toBe('succeeded');
  });

  test('when a page of rows comes twice', () => {
    rows.load([run(1)]);
    expect([rows.size, totalOf(rows.counts), endedOf(rows.counts)]).toEqual([3, 3, 0]);
  });
});

test('events of runs that are not there, and of the batch, change nothing', () => {
  expect(tell(9, started)).toBe('nothing');
  const batch = run(1).id;
  expect(rows.apply({ sequence: 99, time, type: 'batch-finished', batch, state: 'failed' })).toBe('nothing');
});

test('rows are found by state, label and canister', () => {
  tell(1, started);
  const found = (state: Run['state'] | undefined, text: string) =>
    rows.matching({ state, text }).map(({ canister }) => canister);
  expect(found('queued', '')).toEqual(['aaaaa-2', 'aaaaa-3']);
  expect(found(undefined, ' sHOP ')).toEqual(['aaaaa-2']);
  expect(found('queued', 'aaaaa-1')).toEqual([]);
});
