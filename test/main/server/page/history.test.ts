import { describe, expect, test } from 'vitest';
import type { ServiceEvent } from '#src/main/server/api/events.js';
import type { Run } from '#src/main/server/api/runs.js';
import { logFileName, logTextOf } from '../../../../src/main/server/page/data/log-text.js';
import { Pages } from '../../../../src/main/server/page/data/pages.js';
import { fieldOfTime, namedSpans, timeOfField } from '../../../../src/main/server/page/data/run-filter.js';
import { RunLog } from '../../../../src/main/server/page/data/run-log.js';

const run: Run = {
  id: '01234567-89ab-cdef-0123-456789abcdef',
  state: 'failed',
  canister: 'aaaaa-aa',
  network: 'local',
  identity: 'deployer',
  environment: 'local',
  plugin: 'a'.repeat(64),
  priority: 0,
  attempt: 2,
  createdAt: '2026-11-21T10:00:00.000Z',
  endedAt: '2026-11-21T10:00:02.500Z',
  error: { code: 'PLUGIN_FAILED', kind: 'plugin', message: 'no\nfruit', details: {} },
};

let sequence = 0;
const output = (stream: 'stdout' | 'stderr', lines: string[], partial?: true): ServiceEvent => ({
  type: 'output',
  sequence: ++sequence,
  time: '2026-11-21T10:00:01.000Z',
  run: run.id,
  stream,
  lines,
  ...(partial === undefined ? {} : { partial }),
});

describe('a log', () => {
  test('puts together what came in parts, each stream its own', () => {
    const log = new RunLog();
    log.apply(output('stdout', ['one', 'tw'], true));
    log.apply(output('stderr', ['aside']));
    log.apply(output('stdout', ['o, and '], true));
    log.apply(output('stdout', ['more', 'three']));
    expect(log.lines.map(({ source, text }) => `${source} ${text}`)).toEqual([
      'stdout one',
      'stdout two, and more',
      'stderr aside',
      'stdout three',
    ]);
  });

  test('as a text has a line for each line, and none that looks like another', () => {
    const text = logTextOf(run, [
      output('stdout', ['planting', 'a\u2028# forged']),
      output('stderr', ['late']),
    ]);
    expect(text.split('\n')).toEqual([
      `# run ${run.id} of canister aaaaa-aa on local`,
      `# plugin ${run.plugin}, attempt 2, made 2026-11-21T10:00:00.000Z`,
      '# failed at 2026-11-21T10:00:02.500Z',
      '# PLUGIN_FAILED: no fruit',
      '2026-11-21T10:00:01.000Z stdout planting',
      '2026-11-21T10:00:01.000Z stdout a # forged',
      '2026-11-21T10:00:01.000Z stderr late',
      '',
    ]);
    expect(logFileName(run)).toBe(`run-${run.id}.log`);
  });

  test('as a text leaves out no line, however many there are', () => {
    const lines = Array.from({ length: 60_000 }, (_, index) => `line ${index}`);
    expect(logTextOf(run, [output('stdout', lines)]).split('\n')).toHaveLength(60_005);
  });
});

describe('pages', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('are added one behind the other, until there are no more', async () => {
    const asked: (string | undefined)[] = [];
    const pages = new Pages<number>(async (before) => {
      asked.push(before);
      return before === undefined ? { items: [3, 2], next: '2' } : { items: [1] };
    });
    await settled();
    expect([pages.items.value, pages.hasMore.value]).toEqual([[3, 2], true]);
    await Promise.all([pages.more(), pages.more()]);
    expect([pages.items.value, pages.hasMore.value]).toEqual([[3, 2, 1], false]);
    expect(asked).toEqual([undefined, '2']);
  });

  test('that were refused say so, and can be asked for again', async () => {
    let refuse = true;
    const pages = new Pages<number>(async () => {
      if (refuse) throw new Error('away');
      return { items: [1] };
    });
    await settled();
    expect([pages.problem.value?.detail, pages.items.value]).toEqual(['away', undefined]);
    refuse = false;
    await pages.more();
    expect([pages.problem.value, pages.items.value]).toEqual([undefined, [1]]);
  });
});

describe('times of a filter', () => {
  test('go into a field and come back, at the place of the reader', () => {
    const time = new Date(2026, 10, 21, 16, 45).toISOString();
    expect(fieldOfTime(time)).toBe('2026-11-21T16:45');
    expect(timeOfField('2026-11-21T16:45')).toBe(time);
    expect([fieldOfTime(undefined), timeOfField('')]).toEqual(['', undefined]);
  });

  test('yesterday is the day before, whole', () => {
    const spans = namedSpans(new Date(2026, 2, 1, 12));
    expect(spans.find(({ name }) => name === 'Yesterday')).toEqual({
      name: 'Yesterday',
      from: new Date(2026, 1, 28).toISOString(),
      to: new Date(2026, 2, 1).toISOString(),
    });
  });
});
