import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { LiveView } from '#src/main/cli/live-view.js';
import { Stream, type Terminal } from '#src/main/cli/terminal.js';
import type { SyncEventBody } from '#src/main/sync/sync-events.js';
import { TerminalScreen } from '../../support/terminal-screen.js';

let screen: TerminalScreen;
let view: LiveView;

function open(columns: number, rows: number, look: 'coloured' | 'plain' = 'plain'): void {
  screen = new TerminalScreen(columns, rows, look);
  const terminal: Terminal = {
    stdout: new Stream(new TerminalScreen(columns, rows) as unknown as NodeJS.WriteStream),
    stderr: new Stream(screen as unknown as NodeJS.WriteStream),
  };
  view = new LiveView(terminal, 'message');
}

function tell(...events: SyncEventBody[]): void {
  for (const event of events) view.event({ time: '2030-01-01T00:00:00.000Z', ...event });
}

function plan(names: readonly string[], plugins: readonly string[] = ['a.wasm']): void {
  tell({
    type: 'plan',
    environment: 'demo',
    network: 'net',
    url: 'http://x/',
    identity: '2vxsx-fae',
    canisters: names.map((canister) => ({
      canister,
      canisterId: 'aaaaa-aa',
      steps: plugins.map((label) => ({ kind: 'plugin' as const, label })),
    })),
    withoutSteps: [],
  });
}

const of = (canister: string) => ({ canister, canisterId: 'aaaaa-aa', step: 1 });
const started = (canister: string): SyncEventBody => ({
  type: 'step-started',
  ...of(canister),
  kind: 'plugin',
  label: 'a.wasm',
});
const said = (canister: string, line: string): SyncEventBody => ({
  type: 'output',
  ...of(canister),
  stream: 'stdout',
  line,
});
const called = (canister: string, call: number, method: string): SyncEventBody => ({
  type: 'call-started',
  ...of(canister),
  call,
  kind: 'update',
  method,
  target: 'aaaaa-aa',
});
const answered = (canister: string, call: number): SyncEventBody => ({
  type: 'call-ended',
  ...of(canister),
  call,
  durationMs: 1,
  outcome: 'ok',
});
const finished = (canister: string): SyncEventBody => ({
  type: 'canister-finished',
  canister,
  canisterId: 'aaaaa-aa',
  outcome: 'synced',
  durationMs: 1_200,
});
const failed = (canister: string, message: string): SyncEventBody => ({
  type: 'canister-finished',
  canister,
  canisterId: 'aaaaa-aa',
  outcome: 'failed',
  error: { code: 'PLUGIN_FAILED', kind: 'plugin', message, details: {} },
  durationMs: 1_200,
});

/** The lines on the screen below the first, which says what is synced. */
function lines(): string[] {
  return screen.text.split('\n').slice(1);
}

function drawn(milliseconds = 300): string[] {
  vi.advanceTimersByTime(milliseconds);
  return lines();
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  view.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(screen.cursorVisible).toBe(true);
  expect(screen.listenerCount('resize')).toBe(0);
  vi.useRealTimers();
});

describe('three canisters', () => {
  const names = ['api', 'web', 'ledger'];

  test('each has a line that says what it does, and the totals come last', () => {
    open(80, 24);
    plan(names, ['a.wasm', 'b.wasm']);
    tell({ type: 'plugin-preparing', plugin: 'a.wasm' });
    expect(drawn()).toEqual([
      'api     preparing plugin',
      'web     preparing plugin',
      'ledger  preparing plugin',
      '0 of 3 done, 3 queued · 0 calls · 0 s',
    ]);
    expect(screen.cursorVisible).toBe(false);
    expect(screen.cursorColumn).toBe(0);
    tell(
      {
        type: 'plugin-prepared',
        plugin: 'a.wasm',
        ok: true,
        durationMs: 1,
        sha256: '',
        interfaceVersion: '',
        sizeBytes: 1,
      },
      started('api'),
      started('web'),
      said('api', 'twelve records'),
      called('web', 12, 'commit_batch'),
    );
    expect(drawn(1_700)).toEqual([
      'api     step 1/2 computing                  twelve records                  1 s',
      'web     step 1/2 waiting 1.6 s on update 12 commit_batch                    1 s',
      'ledger  queued',
      '0 of 3 done, 2 running, 1 queued · 1 call · 1 s',
    ]);
  });

  test('one that is done stays above as a line; a failed one with its reason', () => {
    open(80, 24);
    plan(names);
    tell(...names.map(started));
    drawn();
    tell(finished('web'), failed('api', 'no more plums\nat all'));
    expect(drawn()).toEqual([
      'web    | synced in 1.2 s',
      'api    | failed: PLUGIN_FAILED: no more plums',
      'ledger  computing                                                           0 s',
      '2 of 3 done, 1 running, 1 failed · 0 calls · 0 s',
    ]);
    tell(finished('ledger'));
    expect(drawn().slice(2)).toEqual(['ledger | synced in 1.2 s']);
  });

  test('in 40 columns', () => {
    open(40, 24);
    plan(['a-canister-with-a-long-name', 'web']);
    tell(started('a-canister-with-a-long-name'), called('a-canister-with-a-long-name', 12, 'commit_batch'));
    expect(drawn(1_400).slice(-3)).toEqual(
      [
        'a-can…-name  1.3 s commit_batch     1 s',
        'web          queued',
        '0 of 2 done, 1 running, 1 queued · 1 s',
      ].map((line) => line.trimEnd()),
    );
  });
});

test('three hundred canisters: never more than the screen has room for, those that run longest first', () => {
  open(80, 24);
  const names = Array.from({ length: 300 }, (_, index) => `shard-${String(index).padStart(3, '0')}`);
  plan(names);
  expect(drawn(250)).toEqual(['starting …', '0 of 300 done, 300 queued · 0 calls · 0 s']);
  tell(started('shard-000'), called('shard-000', 1, 'register'));
  expect(drawn(250)).toEqual([
    'shard-000  waiting 0.1 s on update 1 register                               0 s',
    '0 of 300 done, 1 running, 299 queued · 1 call · 0 s',
  ]);
  for (const name of names.slice(1, 40)) tell(started(name), called(name, 1, 'register'));
  const region = drawn(2_000);
  expect(region).toHaveLength(18);
  expect(region[0]).toMatch(/^shard-000 {2}waiting 2\.\d s on update 1 register +2 s$/);
  expect(region[15]).toMatch(/^shard-015/);
  expect(region.slice(16)).toEqual([
    '… and 24 more running',
    '0 of 300 done, 40 running, 260 queued · 40 calls · 2 s',
  ]);
  for (const name of names) tell(finished(name));
  expect(drawn()).toEqual(names.map((name) => `${name} | synced in 1.2 s`));
});

test.each([1, 2, 3, 5, 8])('a screen of %i rows', (rows) => {
  open(80, rows);
  plan(['a', 'b', 'c', 'd', 'e', 'f']);
  tell(started('a'));
  expect(drawn().length).toBeLessThanOrEqual(Math.max(1, rows - 1));
  tell(finished('a'), started('b'));
  drawn();
  view.close();
  expect(screen.text.split('\n').slice(1)).toEqual(['a | synced in 1.2 s']);
});

describe('frames', () => {
  test('ten a second at most, one write each, however much happens', () => {
    open(80, 24);
    plan(['a', 'b', 'c']);
    tell(started('a'), started('b'), started('c'));
    drawn(1_000);
    const before = screen.writes.length;
    for (let call = 1; call <= 1_000; call++) {
      tell(called('a', call, 'register'), answered('a', call));
      vi.advanceTimersByTime(1);
    }
    expect(screen.writes.length - before).toBeLessThanOrEqual(10);
    expect(screen.writes.length - before).toBeGreaterThanOrEqual(8);
    expect(lines().at(-1)).toContain('calls');
  });

  test('nothing is written while nothing is to be seen otherwise', () => {
    open(80, 24);
    plan(['a']);
    tell(started('a'));
    drawn(1_000);
    const before = screen.writes.length;
    drawn(900);
    // Computing, in whole seconds.
    expect(screen.writes.length - before).toBeLessThanOrEqual(1);
  });
});

describe('a terminal that is resized', () => {
  test.each([
    [100, 60],
    [100, 33],
    [60, 100],
  ])('from %i columns to %i leaves nothing behind', (from, to) => {
    open(from, 24);
    plan(['api', 'web']);
    tell(started('api'), started('web'), said('api', 'x'.repeat(200)), said('web', 'y'.repeat(200)));
    drawn(1_000);
    screen.resize(to);
    drawn();
    const after = screen.text.replace(/^syncing.*?2vxsx-fae\n/s, '').split('\n');
    expect(after).toHaveLength(3);
    expect(after[0]).toMatch(/^api {2}computing.* 1 s$/);
    expect(after[1]).toMatch(/^web {2}computing.* 1 s$/);
    expect(after.every((line) => line.length < to)).toBe(true);
    tell(finished('api'), finished('web'));
    drawn();
    expect(screen.text).toMatch(/2vxsx-fae\napi \| synced in 1\.2 s\nweb \| synced in 1\.2 s$/);
  });
});

test('wide characters take their columns, and are not cut in two', () => {
  open(60, 24);
  plan(['api']);
  tell(started('api'), said('api', '日本語のとても長い出力がここに続きます、まだまだ続きます'));
  const line = drawn(1_000).at(-2);
  expect(line).toMatch(/^api {2}computing +日本語[^ ]*… +1 s$/);
});

test('hostile text stays in its line and drives nothing', () => {
  open(80, 24, 'coloured');
  plan(['api']);
  tell(started('api'), said('api', 'a\u001b[2Jb\u001b]8;;http://x\u0007c\rd\te\u202ef\u0000\u009b5A\ng'));
  // The screen throws on sequences that are not its own.
  const [line = ''] = drawn();
  expect(line).toContain('abc d ef g');
  tell(failed('api', '\u001b[31mred\u001b[9A\u0007'));
  expect(drawn()).toEqual(['api | failed: PLUGIN_FAILED: red']);
  const zalgo = `z${'\u0301'.repeat(5_000)}`;
  tell(started('api'), said('api', zalgo));
  const writes = screen.writes.length;
  drawn();
  expect(screen.writes.slice(writes).join('').length).toBeLessThan(2_000);
});

test('what a failed canister printed last is shown with its error', () => {
  open(80, 100);
  plan(['api', 'web']);
  tell(started('api'), started('web'));
  for (let line = 1; line <= 14; line++) tell(said('api', `line ${line}`));
  tell({ type: 'output', ...of('web'), stream: 'stderr', line: 'one thing to know' });
  view.finish({
    canisters: [
      {
        name: 'api',
        id: 'aaaaa-aa',
        outcome: 'failed',
        error: new SandpoolError('PLUGIN_FAILED', { message: 'no plums' }),
        steps: [],
        durationMs: 1,
      },
      { name: 'web', id: 'aaaaa-aa', outcome: 'synced', steps: [], durationMs: 1 },
    ],
    ok: false,
    durationMs: 1,
    exitCode: 1,
  });
  expect(screen.cursorVisible).toBe(true);
  expect(screen.text).toContain('messages of the plugins\nweb ! one thing to know');
  expect(screen.text).toMatch(
    /failed: api \(aaaaa-aa\)\n {2}error {2}PLUGIN_FAILED: no plums\n {2}output, after 4 others \(--plain shows all\)\n {4}\| line 5\n(?: {4}\| line \d+\n){8} {4}\| line 14\n {2}updates {2}none$/,
  );
});
