// Descriptors, directories and streams that a guest opens and never closes: it has a bounded number of them, and
// the process has every one of them back when the run ends.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { poolForTests } from '../support/pool.js';

const HANDLES = 40;
const INSUFFICIENT_MEMORY = 22;

const HOARDS_LISTS = `;; Begins to list its directory again and again, and never ends.

(import "wasi:filesystem/types@WASI" "[method]descriptor.read-directory" (func $read-directory (param i32 i32)))

(func $run (result i32)
  (local $directory i32)
  (local.set $directory (call $directory))
  (loop $again
    (call $read-directory (local.get $directory) (i32.const 64))
    (br_if $again (i32.eqz (i32.load8_u (i32.const 64)))))
  (call $refused (i32.load8_u (i32.const 68))))
`;
const HOARDS_STREAMS = `;; Opens a file, and streams over it without end.

(import "wasi:filesystem/types@WASI" "[method]descriptor.read-via-stream" (func $read-via-stream (param i32 i64 i32)))

(func $run (result i32)
  (local $file i32)
  (if (call $open (i32.const 1) (i32.const 0)) (then (return (call $refused (i32.load8_u (i32.const 68))))))
  (local.set $file (i32.load (i32.const 68)))
  (loop $again
    (call $read-via-stream (local.get $file) (i64.const 0) (i32.const 64))
    (br_if $again (i32.eqz (i32.load8_u (i32.const 64)))))
  (call $refused (i32.load8_u (i32.const 68))))
`;
const HOARDS_OUTPUTS = `;; Asks for stdout again and again.

(func $run (result i32)
  (loop $again
    (drop (call $get-stdout))
    (br $again))
  (unreachable))
`;

const pool = poolForTests(['hoards-descriptors', HOARDS_LISTS, HOARDS_STREAMS, HOARDS_OUTPUTS]);
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hoards-'));
  mkdirSync(join(directory, 'rows'));
  writeFileSync(join(directory, 'apple.txt'), 'a red one\n');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([
  ['descriptors', 'hoards-descriptors', 'PLUGIN_TRAPPED'],
  ['listings of directories', HOARDS_LISTS, `error: refused with ${INSUFFICIENT_MEMORY}`],
  ['streams', HOARDS_STREAMS, `error: refused with ${INSUFFICIENT_MEMORY}`],
  ['outputs', HOARDS_OUTPUTS, 'PLUGIN_TRAPPED'],
])('%s are refused from the limit on, and given back', async (_what, guest, ending) => {
  const open = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
  const given = { directory, file: 'apple.txt', limits: { handles: HANDLES } };
  await attack(pool(), guest, given);
  const before = open();
  for (let round = 0; round < 3; round++) expect((await attack(pool(), guest, given)).ending).toBe(ending);
  // A thread more or less has some descriptors of its own; what a single round left open would be more than that.
  expect(open()).toBeLessThan(before + HANDLES);
});
