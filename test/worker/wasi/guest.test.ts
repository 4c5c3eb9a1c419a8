// What a real component sees through generated glue, which runs in another realm than the host.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildGuest, type Guest } from './support/guest.js';
import { TestRun, temporaryDirectory } from './support/run.js';

// Memory below 4096 is for results and texts; the glue's lists go above it.
const REALLOC = `
  (global $heap (mut i32) (i32.const 4096))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get 3)))
    (local.get $at))`;

const READER_WORLD = `
  import wasi:cli/stdout@VERSION;
  import wasi:filesystem/preopens@VERSION;
  import wasi:filesystem/types@VERSION;
  import wasi:io/streams@VERSION;
  export run: func() -> u32;`;

// Prints the names in the first granted directory, then the file "greeting" in it; answers with the error code
// of opening "../greeting".
const READER = `(module
  (import "wasi:filesystem/preopens@VERSION" "get-directories" (func $directories (param i32)))
  (import "wasi:filesystem/types@VERSION" "[method]descriptor.read-directory" (func $list (param i32 i32)))
  (import "wasi:filesystem/types@VERSION" "[method]directory-entry-stream.read-directory-entry" (func $next (param i32 i32)))
  (import "wasi:filesystem/types@VERSION" "[resource-drop]directory-entry-stream" (func $drop_list (param i32)))
  (import "wasi:filesystem/types@VERSION" "[resource-drop]descriptor" (func $drop (param i32)))
  (import "wasi:filesystem/types@VERSION" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@VERSION" "[method]descriptor.read" (func $read (param i32 i64 i64 i32)))
  (import "wasi:filesystem/types@VERSION" "[method]descriptor.read-via-stream" (func $stream (param i32 i64 i32)))
  (import "wasi:cli/stdout@VERSION" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@VERSION" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@VERSION" "[method]output-stream.splice" (func $splice (param i32 i32 i64 i32)))
  (import "wasi:io/streams@VERSION" "[resource-drop]input-stream" (func $drop_input (param i32)))
  (import "wasi:io/streams@VERSION" "[resource-drop]output-stream" (func $drop_output (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "../greeting")
  (data (i32.const 1040) "\\n")
  ${REALLOC}
  (func (export "run") (result i32)
    (local $root i32) (local $out i32) (local $entries i32) (local $file i32) (local $input i32)
    (local.set $out (call $stdout))
    (call $directories (i32.const 0))
    (local.set $root (i32.load (i32.load (i32.const 0))))
    (call $list (local.get $root) (i32.const 0))
    (local.set $entries (i32.load (i32.const 4)))
    (block $end (loop $again
      (call $next (local.get $entries) (i32.const 0))
      (br_if $end (i32.load8_u (i32.const 0)))
      (br_if $end (i32.eqz (i32.load8_u (i32.const 4))))
      (call $write (local.get $out) (i32.load (i32.const 12)) (i32.load (i32.const 16)) (i32.const 32))
      (call $write (local.get $out) (i32.const 1040) (i32.const 1) (i32.const 32))
      (br $again)))
    (call $drop_list (local.get $entries))
    (call $open (local.get $root) (i32.const 1) (i32.const 1027) (i32.const 8) (i32.const 0) (i32.const 1) (i32.const 0))
    (local.set $file (i32.load (i32.const 4)))
    (call $read (local.get $file) (i64.const -1) (i64.const 0) (i32.const 0))
    (call $write (local.get $out) (i32.load (i32.const 4)) (i32.load (i32.const 8)) (i32.const 32))
    (call $stream (local.get $file) (i64.const 6) (i32.const 0))
    (local.set $input (i32.load (i32.const 4)))
    (call $drop (local.get $file))
    (call $splice (local.get $out) (local.get $input) (i64.const -1) (i32.const 0))
    (call $drop_input (local.get $input))
    (call $drop_output (local.get $out))
    (call $open (local.get $root) (i32.const 1) (i32.const 1024) (i32.const 11) (i32.const 0) (i32.const 1) (i32.const 0))
    (call $drop (local.get $root))
    (i32.load8_u (i32.const 4))))`;

const NOT_PERMITTED = 31;

let directory: ReturnType<typeof temporaryDirectory>;
let run: TestRun | undefined;

beforeAll(() => {
  directory = temporaryDirectory();
  mkdirSync(join(directory.path, 'granted'));
  writeFileSync(join(directory.path, 'granted', 'greeting'), 'hello from a file\n');
});
afterEach(() => run?.close());
afterAll(() => directory.remove());

describe.each(['0.2.0', '0.2.3', '0.2.12'])('a component built against WASI %s', (version) => {
  test('lists what it was granted, reads it, prints it, and gets nowhere else', async () => {
    const guest = await buildGuest(version, READER_WORLD, READER);
    // Twice as many runs as handles: everything that is dropped is given back.
    run = new TestRun({ directories: [join(directory.path, 'granted')], limits: { handles: 4 } });
    const { run: exec } = guest.instantiate(run.imports);
    for (let count = 0; count < 8; count += 1) expect(exec?.()).toBe(NOT_PERMITTED);
    expect(run.written('stdout').toString()).toBe('greeting\nhello from a file\nfrom a file\n'.repeat(8));
  });
});

describe('every interface of the sandbox', () => {
  const version = '0.2.12';
  const world = [
    'cli/environment',
    'cli/exit',
    'cli/stdin',
    'cli/stdout',
    'cli/stderr',
    'cli/terminal-input',
    'cli/terminal-output',
    'cli/terminal-stdin',
    'cli/terminal-stdout',
    'cli/terminal-stderr',
    'clocks/monotonic-clock',
    'clocks/wall-clock',
    'filesystem/preopens',
    'filesystem/types',
    'io/error',
    'io/poll',
    'io/streams',
    'random/insecure',
    'random/insecure-seed',
    'random/random',
    'sockets/instance-network',
    'sockets/network',
    'sockets/tcp',
    'sockets/tcp-create-socket',
  ]
    .map((name) => `import wasi:${name}@VERSION;`)
    .join('\n');
  let guest: Guest;

  // Each export calls one host function and answers with what it stored, so that lowering is exercised too.
  beforeAll(async () => {
    guest = await buildGuest(
      version,
      `${world}
       export environment: func() -> u32; export terminal: func() -> u32; export seed: func() -> u64;
       export wall: func() -> u64; export random: func(count: u64) -> u32; export socket: func() -> u32;
       export poll-timers: func() -> u32; export poll-nothing: func(); export exit: func(code: u32);
       export stat-type: func() -> u32; export made-up: func(); export too-much: func(); export hash: func() -> u64;
       export open-twice: func() -> u32;`,
      `(module
        (import "wasi:cli/environment@VERSION" "get-environment" (func $env (param i32)))
        (import "wasi:cli/environment@VERSION" "initial-cwd" (func $cwd (param i32)))
        (import "wasi:cli/terminal-stdout@VERSION" "get-terminal-stdout" (func $terminal (param i32)))
        (import "wasi:random/insecure-seed@VERSION" "insecure-seed" (func $seed (param i32)))
        (import "wasi:random/random@VERSION" "get-random-bytes" (func $random (param i64 i32)))
        (import "wasi:clocks/wall-clock@VERSION" "now" (func $wall (param i32)))
        (import "wasi:clocks/monotonic-clock@VERSION" "subscribe-duration" (func $timer (param i64) (result i32)))
        (import "wasi:io/poll@VERSION" "poll" (func $poll (param i32 i32 i32)))
        (import "wasi:io/poll@VERSION" "[resource-drop]pollable" (func $drop_pollable (param i32)))
        (import "wasi:cli/exit@VERSION" "exit-with-code" (func $exit (param i32)))
        (import "wasi:sockets/instance-network@VERSION" "instance-network" (func $network (result i32)))
        (import "wasi:sockets/network@VERSION" "[resource-drop]network" (func $drop_network (param i32)))
        (import "wasi:sockets/tcp-create-socket@VERSION" "create-tcp-socket" (func $socket (param i32 i32)))
        (import "wasi:filesystem/preopens@VERSION" "get-directories" (func $directories (param i32)))
        (import "wasi:filesystem/types@VERSION" "[method]descriptor.stat" (func $stat (param i32 i32)))
        (import "wasi:filesystem/types@VERSION" "[method]descriptor.metadata-hash" (func $hash (param i32 i32)))
        (import "wasi:filesystem/types@VERSION" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
        (import "wasi:cli/stdout@VERSION" "get-stdout" (func $stdout (result i32)))
        (import "wasi:io/streams@VERSION" "[method]output-stream.blocking-write-zeroes-and-flush" (func $zeroes (param i32 i64 i32)))
        (memory (export "memory") 4)
        (data (i32.const 1024) "greeting")
        ${REALLOC}
        (func (export "environment") (result i32)
          (call $env (i32.const 0)) (call $cwd (i32.const 16))
          (i32.add (i32.load (i32.const 4)) (i32.load8_u (i32.const 16))))
        (func (export "terminal") (result i32) (call $terminal (i32.const 0)) (i32.load8_u (i32.const 0)))
        (func (export "seed") (result i64) (call $seed (i32.const 0)) (i64.load (i32.const 0)))
        (func (export "wall") (result i64) (call $wall (i32.const 0)) (i64.load (i32.const 0)))
        (func (export "random") (param i64) (result i32) (call $random (local.get 0) (i32.const 0)) (i32.load (i32.const 4)))
        (func (export "socket") (result i32)
          (call $drop_network (call $network)) (call $socket (i32.const 0) (i32.const 0))
          (i32.add (i32.mul (i32.load8_u (i32.const 0)) (i32.const 100)) (i32.load8_u (i32.const 4))))
        (func (export "poll-timers") (result i32)
          (i32.store (i32.const 64) (call $timer (i64.const -1)))
          (i32.store (i32.const 68) (call $timer (i64.const 1000000)))
          (call $poll (i32.const 64) (i32.const 2) (i32.const 0))
          (call $drop_pollable (i32.load (i32.const 64))) (call $drop_pollable (i32.load (i32.const 68)))
          (i32.add (i32.mul (i32.load (i32.const 4)) (i32.const 100)) (i32.load (i32.load (i32.const 0)))))
        (func (export "poll-nothing") (call $poll (i32.const 0) (i32.const 0) (i32.const 0)))
        (func (export "exit") (param i32) (call $exit (local.get 0)))
        (func (export "stat-type") (result i32)
          (call $directories (i32.const 0)) (call $stat (i32.load (i32.load (i32.const 0))) (i32.const 64))
          (i32.load8_u (i32.const 72)))
        (func (export "hash") (result i64)
          (call $directories (i32.const 0)) (call $hash (i32.load (i32.load (i32.const 0))) (i32.const 64))
          (i64.load (i32.const 72)))
        (func (export "made-up") (call $stat (i32.const 77) (i32.const 64)))
        (func (export "too-much") (call $zeroes (call $stdout) (i64.const 4097) (i32.const 0)))
        (func (export "open-twice") (result i32)
          (local $root i32)
          (call $directories (i32.const 0)) (local.set $root (i32.load (i32.load (i32.const 0))))
          (call $open (local.get $root) (i32.const 0) (i32.const 1024) (i32.const 8) (i32.const 0) (i32.const 1) (i32.const 0))
          (call $open (local.get $root) (i32.const 0) (i32.const 1024) (i32.const 8) (i32.const 0) (i32.const 1) (i32.const 0))
          (i32.load8_u (i32.const 4))))`,
    );
  });

  function call(name: string, ...values: unknown[]): unknown {
    run = new TestRun({
      directories: [join(directory.path, 'granted')],
      limits: { handles: 2, allocationBytes: 1000 },
    });
    return guest.instantiate(run.imports)[name]?.(...values);
  }

  test('links', () => {
    expect(guest.imports.length).toBeGreaterThan(10);
    expect(() => guest.instantiate(new TestRun().imports)).not.toThrow();
  });

  test('answers arrive as the guest expects them', () => {
    expect(call('environment')).toBe(0);
    expect(call('terminal')).toBe(0);
    expect(call('seed')).toBeTypeOf('bigint');
    expect(Number(call('wall'))).toBeGreaterThan(1.7e9);
    expect(call('random', 1000n)).toBe(1000);
    expect(call('socket')).toBe(101);
    expect(call('pollTimers')).toBe(101);
    expect(call('statType')).toBe(3);
    expect(call('hash')).not.toBe(0n);
  });

  test('a bounded number of handles shows as an error code', () => {
    const INSUFFICIENT_MEMORY = 22;
    expect(call('openTwice')).toBe(INSUFFICIENT_MEMORY);
  });

  test('what cannot be answered ends the guest', () => {
    expect(() => call('pollNothing')).toThrow('poll of an empty list');
    expect(() => call('random', 1001n)).toThrow('random bytes');
    expect(() => call('exit', 7)).toThrow('exit 7');
    expect(() => call('madeUp')).toThrow();
    expect(() => call('tooMuch')).toThrow();
  });
});
