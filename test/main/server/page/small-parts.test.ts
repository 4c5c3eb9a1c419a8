import { describe, expect, test } from 'vitest';
import type { ServiceEvent } from '#src/main/server/api/events.js';
import { FrameQueue } from '../../../../src/main/server/page/data/frame-queue.js';
import { byReach, grantOf } from '../../../../src/main/server/page/data/grants.js';
import { EndingRate } from '../../../../src/main/server/page/data/rate.js';
import { hashOf, routeOf } from '../../../../src/main/server/page/data/route.js';
import { RunLog } from '../../../../src/main/server/page/data/run-log.js';
import { sumOf, totalsSeries } from '../../../../src/main/server/page/data/totals-series.js';

const id = '01234567-89ab-cdef-0123-456789abcdef';

describe('addresses', () => {
  test.each([
    '#/batches',
    '#/batches/new',
    `#/batches/${id}`,
    '#/runs',
    '#/runs?state=failed&canister=aaaaa-aa&from=2026-11-20T00%3A00%3A00.000Z',
    `#/runs/${id}`,
    '#/plugins',
    '#/totals',
    '#/audit',
    '#/audit?actor=command-line&subject=a%26b',
  ])('%s', (hash) => {
    expect(hashOf(routeOf(hash))).toBe(hash);
    expect(routeOf(hash).view).not.toBe('unknown');
  });

  test('what a filter cannot be is left out of it', () => {
    const wrong = '#/runs?state=late&canister=%3Cb%3E&plugin=abc&from=yesterday&to=2026-13-45T00:00Z&other=1';
    expect(routeOf(wrong)).toEqual({ view: 'runs', filter: {} });
    expect(routeOf('#/audit?actor=')).toEqual({ view: 'audit', filter: {} });
  });

  test.each(['#/batches/../x', `#/runs/${id}/x`, '#/runs/<img>', '#/other'])('%s leads nowhere', (hash) => {
    expect(routeOf(hash)).toEqual({ view: 'unknown' });
  });

  test('none is the batches', () => {
    expect(routeOf('')).toEqual({ view: 'batches' });
  });
});

describe('the rate', () => {
  test('is over the last ten seconds', () => {
    const rate = new EndingRate();
    for (let timeMs = 0; timeMs < 30_000; timeMs += 100) rate.add(timeMs);
    expect(rate.perSecond(30_000)).toBeCloseTo(10, 0);
    expect(rate.perSecond(35_000)).toBeCloseTo(5, 0);
    expect(rate.perSecond(60_000)).toBe(0);
  });

  test('is over less at the beginning, and no burst makes it endless', () => {
    const rate = new EndingRate();
    rate.add(50_000, 40);
    expect(rate.perSecond(50_001)).toBe(40);
    expect(rate.perSecond(54_000)).toBe(10);
  });
});

describe('the queue', () => {
  function queueOf(costMs: number) {
    const frames: (() => void)[] = [];
    const taken: number[] = [];
    let nowMs = 0;
    let drawn = 0;
    const queue = new FrameQueue<number>({
      clock: { request: (callback) => frames.push(callback), nowMs: () => nowMs },
      take: (item) => {
        taken.push(item);
        nowMs += costMs;
      },
      drawn: () => {
        drawn += 1;
      },
      mostWaiting: 100,
    });
    return { queue, taken, frames, frame: () => frames.shift()?.(), drawn: () => drawn };
  }

  test('takes everything of a frame at once, in order', () => {
    const { queue, taken, frames, frame, drawn } = queueOf(0);
    for (let item = 0; item < 90; item++) queue.push(item);
    expect([taken.length, frames.length]).toEqual([0, 1]);
    frame();
    expect(taken).toEqual(Array.from({ length: 90 }, (_, item) => item));
    expect([drawn(), frames.length]).toEqual([1, 0]);
  });

  test('leaves to the next frame what does not fit, and has its reader wait', async () => {
    const { queue, taken, frames, frame } = queueOf(1);
    for (let item = 0; item < 150; item++) queue.push(item);
    let ready = false;
    const waiting = queue.ready().then(() => {
      ready = true;
    });
    frame();
    expect(taken).toHaveLength(32);
    await Promise.resolve();
    expect(ready).toBe(false);
    frame();
    await waiting;
    while (frames.length > 0) frame();
    expect(taken).toEqual(Array.from({ length: 150 }, (_, item) => item));
  });

  test('closed, it takes nothing and holds nobody', async () => {
    const { queue, taken, frame } = queueOf(0);
    for (let item = 0; item < 150; item++) queue.push(item);
    const waiting = queue.ready();
    queue.close();
    await waiting;
    frame();
    expect(taken).toEqual([]);
  });
});

describe('the log', () => {
  const line = (text: string) =>
    ({
      type: 'output',
      sequence: 1,
      time: new Date(0).toISOString(),
      run: id,
      stream: 'stdout',
      lines: [text],
    }) satisfies ServiceEvent;

  test('has lines as they are, and says what is missing', () => {
    const log = new RunLog();
    log.apply(line('<script>alert(1)</script>'));
    const lost = {
      type: 'events-lost',
      sequence: 2,
      time: new Date(0).toISOString(),
      run: id,
      count: 3,
    } as ServiceEvent;
    log.apply(lost);
    expect(log.lines.map(({ source, text }) => [source, text])).toEqual([
      ['stdout', '<script>alert(1)</script>'],
      ['note', '3 events were not kept: too many came at once'],
    ]);
  });

  test('keeps the latest of very many', () => {
    const log = new RunLog();
    for (let number = 0; number < 120_000; number++) log.apply(line(String(number)));
    expect(log.lines.length).toBeLessThan(55_001);
    expect(log.lines.at(-1)?.text).toBe('119999');
    expect(log.lines[0]?.text).toBe(String(log.dropped));
  });
});

test('totals have a value for every span, each state on those below', () => {
  const item = {
    from: new Date(120_000).toISOString(),
    succeeded: 5,
    failed: 2,
    cancelled: 1,
    interrupted: 0,
    computeMs: 7,
    waitingMs: 9,
  };
  const totals = {
    spanMs: 60_000,
    items: [item, { ...item, from: new Date(240_000).toISOString(), failed: 0 }],
  };
  const series = totalsSeries(totals, 30_000, 270_000);
  expect(series.times).toEqual([0, 60, 120, 180, 240]);
  expect(series.stacked).toEqual([
    [0, 0, 5, 0, 5],
    [0, 0, 7, 0, 5],
    [0, 0, 8, 0, 6],
    [0, 0, 8, 0, 6],
  ]);
  expect(sumOf(totals)).toMatchObject({ succeeded: 10, failed: 2, cancelled: 2, computeMs: 14 });
});

test('imports are explained, and one that is not granted is not', () => {
  expect(grantOf('wasi:filesystem/types@0.2.6')).toMatch(/read/);
  expect(grantOf('icp:sync-plugin/types@0.2.0')).toMatch(/types/);
  expect(grantOf('wasi:http/outgoing-handler@0.2.0')).toBeUndefined();
  expect(byReach(['wasi:io/poll@0.2.6', 'canister-call', 'wasi:http/types@0.2.0'])).toEqual([
    'wasi:http/types@0.2.0',
    'canister-call',
    'wasi:io/poll@0.2.6',
  ]);
});
