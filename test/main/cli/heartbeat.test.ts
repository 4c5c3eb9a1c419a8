import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Heartbeat } from '#src/main/cli/heartbeat.js';
import type { SyncEventBody } from '#src/main/sync/sync-events.js';

const said: string[] = [];
let heartbeat: Heartbeat;

function tell(event: SyncEventBody): void {
  heartbeat.event({ time: '2030-01-01T00:00:00.000Z', ...event });
}

const STEP = { canister: 'alpha', canisterId: 'aaaaa-aa', step: 1 } as const;

beforeEach(() => {
  vi.useFakeTimers();
  said.length = 0;
  heartbeat = new Heartbeat((canister, text) =>
    said.push(canister === undefined ? text : `${canister}: ${text}`),
  );
});
afterEach(() => {
  heartbeat.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('a plugin that runs and is silent is mentioned every ten seconds', () => {
  tell({ type: 'step-started', ...STEP, kind: 'plugin', label: 'a.wasm' });
  vi.advanceTimersByTime(9_999);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(10_001);
  expect(said).toEqual([
    'alpha: still running, 10.0 s so far: computing',
    'alpha: still running, 20.0 s so far: computing',
  ]);
});

test('any sign of it starts the ten seconds anew, and a call is named', () => {
  tell({ type: 'step-started', ...STEP, kind: 'plugin', label: 'a.wasm' });
  vi.advanceTimersByTime(9_000);
  tell({ type: 'output', ...STEP, stream: 'stdout', line: 'here' });
  vi.advanceTimersByTime(9_000);
  tell({ type: 'call-started', ...STEP, call: 1, kind: 'update', method: 'register', target: 'aaaaa-aa' });
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual(['alpha: still running, 28.0 s so far: waiting for update register']);
  tell({ type: 'call-ended', ...STEP, call: 1, durationMs: 10_000, outcome: 'ok' });
  vi.advanceTimersByTime(9_999);
  tell({ type: 'step-finished', ...STEP, kind: 'plugin', label: 'a.wasm', ok: true, updates: [] });
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(1);
});

test('only a slow preparation is mentioned, and its end', () => {
  const prepared = {
    type: 'plugin-prepared',
    ok: true,
    sha256: '',
    interfaceVersion: '0.1.0',
    sizeBytes: 1,
  } as const;
  tell({ type: 'plugin-preparing', plugin: 'quick.wasm' });
  tell({ type: 'plugin-preparing', plugin: 'slow.wasm' });
  vi.advanceTimersByTime(500);
  tell({ ...prepared, plugin: 'quick.wasm', durationMs: 500 });
  vi.advanceTimersByTime(1_000);
  tell({ ...prepared, plugin: 'slow.wasm', durationMs: 1_500 });
  expect(said).toEqual(['preparing slow.wasm …', 'prepared slow.wasm in 1.5 s']);
});
