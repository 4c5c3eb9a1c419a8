import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StepPulse } from '#src/main/sync/step-pulse.js';
import type { SyncEventBody } from '#src/main/sync/sync-events.js';

const STEP = { canister: 'alpha', canisterId: 'aaaaa-aa', step: 1 } as const;
const USAGE = { computeMs: 1, waitingMs: 2, sleepingMs: 3, wallMs: 4, hostCalls: 5, memoryBytes: 6 };
const CALL = {
  type: 'call-started',
  ...STEP,
  call: 1,
  kind: 'update',
  method: 'm',
  target: 'aaaaa-aa',
} as const;

const heard: SyncEventBody[] = [];
let pulse: StepPulse;

beforeEach(() => {
  vi.useFakeTimers();
  heard.length = 0;
  pulse = new StepPulse((event) => heard.push(event));
});
afterEach(() => {
  vi.useRealTimers();
});

const alive = () => heard.filter(({ type }) => type === 'step-alive');

test('every ten seconds of silence, with what the step uses and the call it waits for', () => {
  pulse.pass({ type: 'step-started', ...STEP, kind: 'plugin', label: 'a.wasm' });
  pulse.ask(STEP, () => USAGE);
  vi.advanceTimersByTime(9_999);
  expect(alive()).toEqual([]);
  vi.advanceTimersByTime(10_001);
  expect(alive()).toEqual([
    { type: 'step-alive', ...STEP, durationMs: 10_000, usage: USAGE },
    { type: 'step-alive', ...STEP, durationMs: 20_000, usage: USAGE },
  ]);
  pulse.pass(CALL);
  vi.advanceTimersByTime(10_000);
  expect(alive().at(-1)).toMatchObject({ call: 1, durationMs: 30_000 });
});

test('any sign of the step starts the ten seconds anew, and its end ends them', () => {
  pulse.pass({ type: 'step-started', ...STEP, kind: 'plugin', label: 'a.wasm' });
  for (const sign of [
    CALL,
    { type: 'call-ended', ...STEP, call: 1, durationMs: 1, outcome: 'ok' },
    { type: 'output', ...STEP, stream: 'stdout', line: 'here' },
  ] as const) {
    vi.advanceTimersByTime(9_999);
    pulse.pass(sign);
  }
  vi.advanceTimersByTime(9_999);
  pulse.pass({ type: 'step-finished', ...STEP, kind: 'plugin', label: 'a.wasm', ok: true, updates: [] });
  vi.advanceTimersByTime(60_000);
  expect(alive()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  expect(heard).toHaveLength(5);
});

test('a step that cannot be asked is alive all the same', () => {
  pulse.pass({ type: 'step-started', ...STEP, kind: 'plugin', label: 'a script' });
  vi.advanceTimersByTime(10_000);
  expect(alive()).toEqual([{ type: 'step-alive', ...STEP, durationMs: 10_000 }]);
});
