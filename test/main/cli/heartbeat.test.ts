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

const USAGE = {
  computeMs: 9_800,
  waitingMs: 0,
  sleepingMs: 0,
  wallMs: 10_000,
  hostCalls: 1,
  memoryBytes: 3 << 20,
};

test('a step that is alive is mentioned, with what it uses and the call it waits for', () => {
  tell({ type: 'step-started', ...STEP, kind: 'plugin', label: 'a.wasm' });
  tell({ type: 'step-alive', ...STEP, durationMs: 10_000, usage: USAGE });
  tell({ type: 'call-started', ...STEP, call: 2, kind: 'update', method: 'register', target: 'aaaaa-aa' });
  tell({ type: 'step-alive', ...STEP, durationMs: 20_000, call: 2, usage: { ...USAGE, hostCalls: 2 } });
  tell({ type: 'call-ended', ...STEP, call: 2, durationMs: 10_000, outcome: 'ok' });
  tell({ type: 'step-alive', ...STEP, durationMs: 30_000 });
  expect(said).toEqual([
    'alpha: still running after 10.0 s: computing; 9.8 s of compute, 3.0 MiB, 1 call so far',
    'alpha: still running after 20.0 s: waiting on update 2 register; 9.8 s of compute, 3.0 MiB, 2 calls so far',
    'alpha: still running after 30.0 s',
  ]);
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
  tell({ type: 'plugin-preparing', plugin: 'twice.wasm' });
  tell({ type: 'plugin-preparing', plugin: 'twice.wasm' });
  tell({ ...prepared, plugin: 'twice.wasm', durationMs: 1 });
  tell({ ...prepared, plugin: 'twice.wasm', durationMs: 1 });
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual(['preparing slow.wasm …', 'prepared slow.wasm in 1.5 s']);
});
