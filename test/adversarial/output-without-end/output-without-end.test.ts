// Output without end, without newlines, of nothing but newlines: each stream is cut at its limit and says so, the
// process does not grow with it, and the main thread stays free for the others.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { OutputNotices } from '#src/worker/output-notices.js';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';
import { peakGrowth, TELLS_PEAK } from '../support/process-memory.js';

const MIB = 1024 * 1024;
const OUTPUT_BYTES = 100_000;

const ENDS_LINES_IN_TURN = `;; Prints 120,000 empty lines on stdout and on stderr, in turn.

(func $run (result i32)
  (local $left i32)
  (local.set $left (i32.const 120000))
  (loop $again
    (call $print (text "\\n"))
    (call $print-to-stderr (text "\\n"))
    (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $ok))
`;
const ENDS_A_MILLION_LINES_AT_ONCE = `;; Writes a megabyte of newlines at once.

(import "wasi:io/streams@WASI" "[method]output-stream.write" (func $write (param i32 i32 i32 i32)))

(func $run (result i32)
  (local $newlines i32)
  (local.set $newlines (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 1048576)))
  (memory.fill (local.get $newlines) (i32.const 10) (i32.const 1048576))
  (call $write (call $get-stdout) (local.get $newlines) (i32.const 1048576) (i32.const 64))
  (call $ok))
`;

const pool = poolForTests([
  'prints-without-end',
  'prints-without-newline',
  'prints-zeroes',
  ENDS_LINES_IN_TURN,
  ENDS_A_MILLION_LINES_AT_ONCE,
]);

test('lines without end are cut, with a note, and the guest ends with its budget', async () => {
  const { ending, stdout } = await attack(pool(), 'prints-without-end', {
    limits: { computeBudgetMs: 300, outputBytes: 7_000 },
  });
  expect(ending).toBe('COMPUTE_BUDGET_EXCEEDED');
  const lines = stdout.filter((line) => line === 'and on');
  // What was held back when its thread was ended is lost with the thread.
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.length).toBeLessThanOrEqual(1000);
});

test.runIf(TELLS_PEAK)('a line without end is cut, and is never held whole', async () => {
  const growth = await peakGrowth(async () => {
    const { ending, stdout } = await attack(pool(), 'prints-without-newline', {
      file: '100',
      limits: { outputBytes: OUTPUT_BYTES },
    });
    expect(ending).toBe('ok');
    expect(stdout.at(-1)).toBe(`[stdout truncated: ${100_000_000 - OUTPUT_BYTES} bytes dropped]`);
    expect(stdout.slice(0, -1).join('')).toBe('x'.repeat(OUTPUT_BYTES));
    expect(Math.max(...stdout.map((line) => line.length))).toBeLessThanOrEqual(8192);
  });
  expect(growth).toBeLessThan(60 * MIB);
});

test('a terabyte of zeroes is not begun', async () => {
  const { ending, message, stdout } = await attack(pool(), 'prints-zeroes');
  expect(ending).toBe('PLUGIN_TRAPPED');
  expect(message).toContain('1099511627776 bytes, of which 4096 are permitted');
  expect(stdout).toEqual([]);
});

test.each([
  ['on both streams in turn', ENDS_LINES_IN_TURN, 2 * OUTPUT_BYTES],
  ['a million at once', ENDS_A_MILLION_LINES_AT_ONCE, OUTPUT_BYTES],
])('a flood of empty lines, %s, leaves the main thread free', async (_how, guest, lines) => {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const { ending, stdout, stderr } = await attack(pool(), guest, { limits: { outputBytes: OUTPUT_BYTES } });
  delay.disable();
  expect(ending).toBe('ok');
  expect([...stdout, ...stderr].filter((line) => line === '')).toHaveLength(lines);
  expect(delay.max / 1e6).toBeLessThan(1000);
});

test('lines that take turns between the streams go together, in order', () => {
  const LINES = 20_000;
  const { port1, port2 } = new MessageChannel();
  const notices = new OutputNotices(port1);
  for (let line = 0; line < LINES; line++) notices.line(line % 2 === 0 ? 'stdout' : 'stderr', `${line}`);
  notices.flush();
  const order: string[] = [];
  let messages = 0;
  for (let received = receiveMessageOnPort(port2); received !== undefined; ) {
    messages += 1;
    for (const { lines } of received.message.output) order.push(...lines);
    received = receiveMessageOnPort(port2);
  }
  port1.close();
  expect(order).toEqual(Array.from({ length: LINES }, (_, line) => `${line}`));
  expect(messages).toBeLessThan(LINES / 10);
});
