import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { TraceFile } from '#src/main/sync/trace-file.js';
import { type TraceEvent, TraceRecorder } from '#src/main/sync/trace-recorder.js';

const root = mkdtempSync(join(tmpdir(), 'sandpool-trace-'));
const path = join(root, 'trace.json');
afterAll(() => rmSync(root, { recursive: true }));

const EVENT: TraceEvent = {
  ph: 'X',
  name: 'sync — ✓',
  cat: 'call',
  pid: 1,
  tid: 1,
  ts: 1,
  dur: 2,
  args: { kind: 'update' },
};
const events = () => JSON.parse(readFileSync(path, 'utf8')).traceEvents;

test('is a whole document whenever it is read', () => {
  const file = new TraceFile(path, { sandpool: '0' });
  expect(events()).toEqual([]);
  let written = 0;
  for (let size = statSync(path).size; statSync(path).size === size; written++) file.write(EVENT);
  // A block is on the disk, long before the end.
  expect(events()).toHaveLength(written);
  expect(written).toBeLessThan(2_000);
  file.write(EVENT);
  file.flush();
  expect(events()).toHaveLength(written + 1);
  file.write(EVENT);
  file.close();
  file.close();
  file.write(EVENT);
  expect(events()).toEqual(Array(written + 2).fill(EVENT));
  expect(file.problem).toBeUndefined();
});

test('keeps no more of a hundred thousand calls than is open', () => {
  let calls = 0;
  const recorder = new TraceRecorder(
    (event) => {
      if (event.ph === 'X' && event.cat === 'call') calls += 1;
    },
    () => 1,
  );
  const of = { time: '', canister: 'a', canisterId: 'aaaaa-aa' };
  recorder.event({ type: 'canister-queued', ...of, steps: 1 });
  recorder.event({ type: 'step-started', ...of, step: 1, kind: 'plugin', label: 'p' });
  for (let call = 1; call <= 100_000; call++) {
    recorder.event({
      type: 'call-started',
      ...of,
      step: 1,
      call,
      kind: 'query',
      method: 'm',
      target: 'aaaaa-aa',
    });
    recorder.event({ type: 'call-ended', ...of, step: 1, call, durationMs: 1, outcome: 'ok' });
    // Each is written as it ends.
    expect(calls).toBe(call);
  }
});

test.each([
  ['a folder that is not there', join(root, 'nowhere/trace.json')],
  ['a folder', root],
])('%s is refused', (_, where) => {
  expect(() => new TraceFile(where, {})).toThrow(expect.objectContaining({ code: 'OUTPUT_UNWRITABLE' }));
});

test.skipIf(process.platform !== 'linux')('a disk that is full is found out at once', () => {
  expect(() => new TraceFile('/dev/full', {})).toThrow(
    expect.objectContaining({ code: 'OUTPUT_UNWRITABLE' }),
  );
});
