// Directories and files that are a trouble by themselves: odd names, deep trees, many entries, a terabyte that is
// not there, and files that change while they are read.

import { appendFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { broughtOut, type Folder, makeFolder, SECRET } from '../support/folder.js';
import { poolForTests } from '../support/pool.js';
import { peakGrowth, TELLS_PEAK } from '../support/process-memory.js';

const MIB = 1024 * 1024;

const READS_AROUND_CALLS = `;; Reads the file that the first declared file names, as a stream, a hundred times with a query between.

(import "wasi:filesystem/types@WASI" "[method]descriptor.read-via-stream" (func $read-via-stream (param i32 i64 i32)))
(import "wasi:io/streams@WASI" "[method]input-stream.read" (func $read-stream (param i32 i64 i32)))

(func $run (result i32)
  (local $stream i32) (local $left i32) (local $file i32)
  (if (call $open (i32.const 1) (i32.const 0)) (then (return (call $refused (i32.load8_u (i32.const 68))))))
  (local.set $file (i32.load (i32.const 68)))
  (call $read-via-stream (local.get $file) (i64.const 0) (i32.const 64))
  (local.set $stream (i32.load (i32.const 68)))
  (local.set $left (i32.const 100))
  (loop $again
    (global.set $heap (i32.const 65536))
    (call $read-stream (local.get $stream) (i64.const 8) (i32.const 64))
    (if (i32.load8_u (i32.const 64)) (then (return (call $ok))))
    (call $print (i32.load (i32.const 68)) (i32.load (i32.const 72)))
    (drop (call $query (text "count") (text "DIDL\\00\\00")))
    (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
  (call $ok))
`;
const READS_THE_END_OF_A_TERABYTE = `;; Reads eight bytes, and then 2^64-1, eight bytes before the end of a terabyte, and 2^63-1 into it.

(import "wasi:filesystem/types@WASI" "[method]descriptor.read" (func $read (param i32 i64 i64 i32)))

(func $run (result i32)
  (local $file i32)
  (if (call $open (i32.const 1) (i32.const 0)) (then (return (call $refused (i32.load8_u (i32.const 68))))))
  (local.set $file (i32.load (i32.const 68)))
  (call $read (local.get $file) (i64.const 8) (i64.const 1099511627768) (i32.const 64))
  (if (i32.ne (i32.load (i32.const 72)) (i32.const 8)) (then (return (call $error (text "not eight bytes")))))
  (call $read (local.get $file) (i64.const -1) (i64.const 1099511627768) (i32.const 64))
  (if (i32.ne (i32.load (i32.const 72)) (i32.const 8)) (then (return (call $error (text "not eight bytes again")))))
  (call $read (local.get $file) (i64.const -1) (i64.const 0x7fffffffffffffff) (i32.const 64))
  (if (i32.eqz (i32.load8_u (i32.const 64))) (then (return (call $error (text "beyond any file")))))
  (call $read (local.get $file) (i64.const -1) (i64.const 0) (i32.const 64))
  (if (i32.gt_u (i32.load (i32.const 72)) (i32.const 16777216)) (then (return (call $error (text "far too much")))))
  (call $ok))
`;

let folder: Folder;
beforeEach(() => {
  folder = makeFolder();
});
afterEach(() => folder.remove());

const pool = poolForTests([
  'lists-path',
  'reads-path',
  'reads-with-huge-length',
  READS_AROUND_CALLS,
  READS_THE_END_OF_A_TERABYTE,
]);

test('names that drive a terminal, twins and Windows names are listed as what they are, and drive nothing', async () => {
  const names = [
    'con',
    'a:b',
    'x\\y',
    'trail. ',
    '\u00e9',
    'e\u0301',
    '\u202egnp.exe',
    'red\u001b[31m',
    'n'.repeat(255),
  ];
  for (const name of names) writeFileSync(join(folder.granted, name), 'content');
  writeFileSync(Buffer.concat([Buffer.from(`${folder.granted}/`), Buffer.from([0x61, 0xff])]), 'not UTF-8');
  const { ending, stdout } = await attack(pool(), 'lists-path', { directory: folder.granted, file: '.' });
  // The name that is no text is told by an error code, at which this guest gives up.
  const ILLEGAL_BYTE_SEQUENCE = 9;
  expect(['ok', `error: refused with ${ILLEGAL_BYTE_SEQUENCE}`]).toContain(ending);
  for (const line of stdout) expect(line).not.toMatch(/\p{Control}|\u202e/u);
  rmSync(Buffer.concat([Buffer.from(`${folder.granted}/`), Buffer.from([0x61, 0xff])]));
  const whole = await attack(pool(), 'lists-path', { directory: folder.granted, file: '.' });
  expect([...whole.stdout].sort()).toEqual(
    ['con', 'a:b', 'x\\y', 'trail. ', '\u00e9', 'e\u0301', 'gnp.exe', 'red', 'n'.repeat(255)].sort(),
  );
  // Twins are two files.
  for (const name of ['\u00e9', 'e\u0301', '\u202egnp.exe', 'n'.repeat(255)]) {
    const read = await attack(pool(), 'reads-path', { directory: folder.granted, file: name });
    expect(read.stdout).toEqual(['content']);
  }
});

test('a tree deeper than any path is no trouble', async () => {
  const previous = process.cwd();
  try {
    process.chdir(folder.granted);
    for (let depth = 0; depth < 2000; depth++) {
      mkdirSync('d');
      process.chdir('d');
    }
  } finally {
    process.chdir(previous);
  }
  expect(
    (await attack(pool(), 'lists-path', { directory: folder.granted, file: 'd/'.repeat(2000) })).ending,
  ).toBe('ok');
  expect(
    (await attack(pool(), 'lists-path', { directory: folder.granted, file: 'd/'.repeat(3000) })).ending,
  ).toMatch(/^error: refused with/);
});

test.runIf(TELLS_PEAK)('a directory of many entries is read a few at a time', async () => {
  const ENTRIES = 5000;
  for (let entry = 0; entry < ENTRIES; entry++)
    writeFileSync(join(folder.granted, `${entry}`.padStart(200, 'n')), '');
  const growth = await peakGrowth(async () => {
    const { ending, stdout } = await attack(pool(), 'lists-path', {
      directory: folder.granted,
      file: '.',
      limits: { outputBytes: 10_000 },
    });
    expect(ending).toBe('ok');
    expect(stdout.at(-1)).toMatch(/truncated/);
  });
  expect(growth).toBeLessThan(40 * MIB);
});

test.runIf(TELLS_PEAK)('a sparse terabyte, offsets and lengths up to 2^64-1 allocate nothing', async () => {
  writeFileSync(join(folder.granted, 'huge'), '');
  truncateSync(join(folder.granted, 'huge'), 2 ** 40);
  writeFileSync(join(folder.granted, 'tiny'), 'ab');
  const growth = await peakGrowth(async () => {
    const { ending } = await attack(pool(), READS_THE_END_OF_A_TERABYTE, {
      directory: folder.granted,
      file: 'huge',
    });
    expect(ending).toBe('ok');
    const tiny = await attack(pool(), 'reads-with-huge-length', { directory: folder.granted, file: 'tiny' });
    expect(tiny.stdout).toEqual(['ab']);
  });
  expect(growth).toBeLessThan(30 * MIB);
});

test('a terabyte read to its end is read until the budget ends it', async () => {
  writeFileSync(join(folder.granted, 'huge'), '');
  truncateSync(join(folder.granted, 'huge'), 2 ** 40);
  const { ending } = await attack(pool(), 'reads-path', {
    directory: folder.granted,
    file: 'huge',
    limits: { computeBudgetMs: 200 },
  });
  // Its own memory may run out first: this guest keeps all that it reads.
  expect(['COMPUTE_BUDGET_EXCEEDED', 'PLUGIN_TRAPPED', 'MEMORY_LIMIT_EXCEEDED']).toContain(ending);
});

test.each<[string, (file: string) => void, string]>([
  ['deleted', (file) => rmSync(file, { force: true }), '0123456789abcdef'],
  ['cut', (file) => truncateSync(file, 3), '01234567'],
  [
    'replaced',
    (file) => {
      rmSync(file, { force: true });
      writeFileSync(file, SECRET);
    },
    '0123456789abcdef',
  ],
])('a file that is %s while it is read ends where it ends', async (_what, change, read) => {
  const file = join(folder.granted, 'file.txt');
  writeFileSync(file, '0123456789abcdef');
  const outcome = await attack(pool(), READS_AROUND_CALLS, {
    directory: folder.granted,
    file: 'file.txt',
    host: {
      canisterCall: async () => {
        change(file);
        return { tag: 'ok', val: new Uint8Array() };
      },
    },
  });
  expect(outcome.ending).toBe('ok');
  expect(outcome.stdout.join('')).toBe(read);
  expect(broughtOut(outcome)).not.toContain(SECRET);
});

test('a file that grows as fast as it is read does not keep its reader for ever', async () => {
  const file = join(folder.granted, 'file.txt');
  writeFileSync(file, '01234567');
  const { ending, calls } = await attack(pool(), READS_AROUND_CALLS, {
    directory: folder.granted,
    file: 'file.txt',
    limits: { hostCalls: 50 },
    host: {
      canisterCall: async () => {
        appendFileSync(file, '01234567');
        return { tag: 'ok', val: new Uint8Array() };
      },
    },
  });
  expect(ending).toBe('HOST_CALL_LIMIT_EXCEEDED');
  expect(calls).toHaveLength(50);
});
