import { expect, test } from 'vitest';
import type { ServiceEvent } from '#src/main/server/api/events.js';
import { RunTimeline, segmentsOf } from '../../../../src/main/server/page/data/timeline.js';

const zeroMs = Date.parse('2026-01-01T00:00:00.000Z');
const at = (ms: number): string => new Date(zeroMs + ms).toISOString();

function timelineOf(...events: readonly (readonly [ms: number, event: object])[]): RunTimeline {
  const timeline = new RunTimeline({ createdAt: at(0) });
  events.forEach(([ms, event], index) => {
    timeline.apply({ sequence: index + 1, time: at(ms), run: 'r', ...event } as ServiceEvent);
  });
  return timeline;
}

const STARTED = [100, { type: 'run-started', canister: 'aaaaa-aa' }] as const;
const COMPUTING = [150, { type: 'run-computing' }] as const;
const CALL = [
  200,
  { type: 'call-started', call: 1, kind: 'update', method: 'put', target: 'aaaaa-aa' },
] as const;
const REPLY = [500, { type: 'call-ended', call: 1, durationMs: 299.5, outcome: 'ok' }] as const;
const FINISHED = [600, { type: 'run-finished', state: 'succeeded' }] as const;

test('a run is queued, prepares, computes, and waits on a call', () => {
  const timeline = timelineOf(STARTED, COMPUTING, CALL, REPLY, FINISHED);
  expect(
    timeline.phases.map(({ kind, fromMs, toMs }) => [kind, fromMs - zeroMs, (toMs ?? 0) - zeroMs]),
  ).toEqual([
    ['queued', 0, 100],
    ['preparing', 100, 150],
    ['computing', 150, 200],
    ['waiting', 200, 500],
    ['computing', 500, 600],
  ]);
  expect(timeline.calls).toMatchObject([{ number: 1, method: 'put', durationMs: 299.5, outcome: 'ok' }]);
  expect(timeline.endedMs).toBe(zeroMs + 600);
});

test('what is not over lasts until now', () => {
  const timeline = timelineOf(STARTED, COMPUTING, CALL);
  expect(timeline.phases.at(-1)).toEqual({ kind: 'waiting', fromMs: zeroMs + 200, call: 1 });
  expect(timeline.totals(zeroMs + 1200)).toEqual({
    queued: 100,
    preparing: 50,
    computing: 50,
    waiting: 1000,
  });
});

test('a run that was cancelled in the queue has been nothing but queued', () => {
  const timeline = timelineOf([70, { type: 'run-finished', state: 'cancelled' }]);
  expect(timeline.totals(zeroMs + 9000)).toEqual({ queued: 70, preparing: 0, computing: 0, waiting: 0 });
});

test('nothing comes behind the end, and no phase ends before it began', () => {
  const timeline = timelineOf(
    STARTED,
    [90, { type: 'run-finished', state: 'failed' }],
    [900, { type: 'run-computing' }],
  );
  expect(timeline.phases).toHaveLength(2);
  expect(timeline.phases[1]).toEqual({ kind: 'preparing', fromMs: zeroMs + 100, toMs: zeroMs + 100 });
});

test('segments join without gaps and cover the whole', () => {
  const { phases } = timelineOf(STARTED, COMPUTING, CALL, REPLY, FINISHED);
  const segments = segmentsOf(phases, zeroMs, zeroMs + 600, 12);
  expect(segments.map(({ kind }) => kind)).toEqual([
    'queued',
    'preparing',
    'computing',
    'waiting',
    'computing',
  ]);
  expect(segments[0]?.start).toBe(0);
  expect(segments.at(-1)?.end).toBe(1);
  for (const [index, { end }] of segments.slice(0, -1).entries())
    expect(segments[index + 1]?.start).toBeCloseTo(end);
});

test('ten thousand phases are drawn as few segments', () => {
  const phases = Array.from({ length: 10_000 }, (_, index) => ({
    kind: index % 2 === 0 ? ('computing' as const) : ('waiting' as const),
    fromMs: index * 10,
    toMs: index * 10 + 10 + (index % 2),
  }));
  const segments = segmentsOf(phases, 0, 100_000, 400);
  expect(segments.length).toBeLessThanOrEqual(400);
  expect(segments.reduce((sum, { start, end }) => sum + end - start, 0)).toBeCloseTo(1);
});

test('a span of no length has no segments', () => {
  expect(segmentsOf([{ kind: 'queued', fromMs: 5 }], 5, 5, 100)).toEqual([]);
});
