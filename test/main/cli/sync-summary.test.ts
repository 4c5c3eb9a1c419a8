import { expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { writeEnding } from '#src/main/cli/sync-summary.js';
import { Stream } from '#src/main/cli/terminal.js';
import { widthOf } from '#src/main/cli/text-width.js';
import type { RunStatistics } from '#src/main/pool/run-types.js';
import type { CanisterReport } from '#src/main/sync/sync-report.js';
import { TerminalScreen } from '../../support/terminal-screen.js';

const STATISTICS: RunStatistics = {
  queuedMs: 0,
  computeMs: 59_900,
  waitingMs: 185_000,
  sleepingMs: 0,
  wallMs: 1,
  hostCalls: 123_456,
  bytesSent: 0,
  bytesReceived: 0,
  peakMemoryBytes: 300 * 1024 * 1024,
  clock: 'thread-cpu',
};

function canister(name: string, error?: SandpoolError): CanisterReport {
  const steps = [{ kind: 'plugin' as const, label: 'a.wasm', statistics: STATISTICS, updates: [] }];
  const outcome = error === undefined ? 'synced' : 'failed';
  return { name, id: 'aaaaa-aa', outcome, steps, durationMs: 1, ...(error === undefined ? {} : { error }) };
}

/** The table on a terminal of so many columns. */
function table(canisters: readonly CanisterReport[], columns: number): string[] {
  // As high as it takes: the screen throws on a line that is too wide, and breaks it when that is allowed.
  const screen = new TerminalScreen(1_000, 1_000);
  const stdout = new Stream(Object.assign(screen, { columns }) as unknown as NodeJS.WriteStream);
  const stderr = new Stream(new TerminalScreen(80, 1_000) as unknown as NodeJS.WriteStream);
  writeEnding(
    { stdout, stderr },
    { canisters, ok: false, durationMs: 1, exitCode: 0 },
    {
      detail: 'message',
      labelColumns: 10,
      remarks: () => [],
      lastLines: () => ({ lines: [], earlier: 0 }),
    },
  );
  return screen.writes
    .join('')
    .split('\n')
    .filter((line) => line !== '');
}

const LONG = 'a-canister-with-a-name-that-is-much-longer-than-most';
const MANY = Array.from({ length: 300 }, (_, index) => canister(`shard-${index}`));
const WORST = [...MANY, canister(LONG, new SandpoolError('COMPUTE_BUDGET_EXCEEDED', { budgetMs: 1 }))];

test.each([40, 60, 80, 100, 200])('fits %i columns', (columns) => {
  const lines = table(WORST, columns);
  expect(lines).toHaveLength(303);
  expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
});

test('long names are cut in the middle, then results at their end', () => {
  expect(table([canister('web'), canister(LONG)], 80)).toEqual([
    expect.stringMatching(/^canister +result +compute +waiting +calls +peak memory$/),
    expect.stringMatching(/^web +synced +59\.9 s +3 min 5 s +123456 +300\.0 MiB$/),
    expect.stringMatching(/^a-canister-[a-z-]*…[a-z-]*than-most +synced/),
    '2 synced in 1 ms',
  ]);
  expect(table(WORST, 80).at(-2)).toMatch(
    /^a-can.*….*most +failed: COMPU.*… +59\.9 s +3 min 5 s +123456 +300\.0 MiB$/,
  );
  expect(table(WORST, 200).at(-2)).toMatch(new RegExp(`^${LONG} +failed: COMPUTE_BUDGET_EXCEEDED `));
});

test('few columns have no room for all of the figures', () => {
  expect(table(WORST, 40)[0]).toMatch(/^canister +result +compute/);
  expect(table(WORST, 40)[0]).not.toContain('peak memory');
});
