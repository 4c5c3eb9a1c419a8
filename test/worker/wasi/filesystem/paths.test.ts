import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Descriptor } from '#src/worker/wasi/filesystem/descriptor.js';
import { drop, okOf, TestRun, temporaryDirectory } from '../support/run.js';

let directory: ReturnType<typeof temporaryDirectory>;
let server: Server;
let run: TestRun;
let root: Descriptor;

beforeAll(async () => {
  directory = temporaryDirectory();
  const inside = join(directory.path, 'granted');
  mkdirSync(join(inside, 'a', 'b'), { recursive: true });
  writeFileSync(join(directory.path, 'secret'), 'secret');
  writeFileSync(join(inside, 'file'), 'file');
  writeFileSync(join(inside, 'a', 'file'), 'a/file');
  writeFileSync(join(inside, 'a\\file'), 'with a backslash');
  writeFileSync(join(inside, 'con'), 'no device');
  writeFileSync(join(inside, '...'), 'three dots');
  for (const [link, target] of [
    ['to-file', 'file'],
    ['to-a', 'a'],
    ['to-a-slash', 'a/'],
    ['to-a-dot', 'a/.'],
    ['to-b', 'a/b'],
    ['to-here', '.'],
    ['to-file-slash', 'file/'],
    ['up-and-down', 'a/../file'],
    ['chain', 'chain-2'],
    ['chain-2', 'to-file'],
    ['loop', 'loop-2'],
    ['loop-2', 'loop'],
    ['self', 'self'],
    ['dangling', 'nowhere'],
    ['out', '../secret'],
    ['out-directory', '..'],
    ['out-chain', 'out'],
    ['out-late', 'a/../../secret'],
    ['out-and-back', '../granted/file'],
    ['absolute', join(directory.path, 'secret')],
    ['absolute-inside', join(inside, 'file')],
    ['absolute-root', '/'],
    ['processes', '/proc/self/environ'],
    ['descriptors', '/proc/self/fd'],
    ['a/to-top-file', '../file'],
    ['a/out', '../../secret'],
  ] as const) {
    symlinkSync(target, join(inside, link));
  }
  const bytes = Buffer.from([0x61, 0x2f, 0xff]);
  writeFileSync(Buffer.concat([Buffer.from(`${inside}/`), bytes]), 'bytes');
  symlinkSync(bytes, join(inside, 'to-bytes'));
  symlinkSync(Buffer.concat([Buffer.from('../'), bytes]), join(inside, 'bytes-out'));
  symlinkSync(Buffer.concat([bytes, Buffer.from('/../../../secret')]), join(inside, 'bytes-out-late'));
  symlinkSync(Buffer.from([0x2f, 0xff]), join(inside, 'bytes-absolute'));
  mkdirSync(Buffer.concat([Buffer.from(`${inside}/`), Buffer.from([0xfe])]));
  symlinkSync(Buffer.from([0xfe, 0x2f, 0x2e, 0x2e, 0x2f, 0x2e, 0x2e]), join(inside, 'bytes-up-twice'));
  symlinkSync(Buffer.from([0xfe, 0x2f, 0x2e, 0x2e]), join(inside, 'bytes-up'));
  execFileSync('mkfifo', [join(inside, 'fifo')]);
  symlinkSync('fifo', join(inside, 'to-fifo'));
  server = createServer().listen(join(inside, 'socket'));
  await new Promise((resolve) => server.once('listening', resolve));
  run = new TestRun({ directories: [inside] });
  root = run.root();
});

afterAll(async () => {
  run.close();
  await new Promise((resolve) => server.close(resolve));
  directory.remove();
});

/** What opening `path` gives: the content of a file, `directory`, or the error code. */
function opened(path: string, symlinkFollow: boolean, from = root): string {
  const answer = from.openAt({ symlinkFollow }, path, {}, { read: true });
  if (answer.tag === 'err') return answer.val;
  const found = answer.val;
  const type = okOf<string>(found.getType());
  const content =
    type === 'directory' ? type : `=${Buffer.from(okOf<[Uint8Array]>(found.read(100n, 0n))[0]).toString()}`;
  drop(found);
  return content;
}

const LONG_NAME = 'n'.repeat(256);

describe.each([
  // path, follow, do not follow the last
  ['file', '=file', '=file'],
  ['./file', '=file', '=file'],
  ['.//./a//./file', '=a/file', '=a/file'],
  ['a/../file', '=file', '=file'],
  ['a/b/../../a/b/../file', '=a/file', '=a/file'],
  ['.', 'directory', 'directory'],
  ['./', 'directory', 'directory'],
  ['a', 'directory', 'directory'],
  ['a/', 'directory', 'directory'],
  ['a///', 'directory', 'directory'],
  ['a/.', 'directory', 'directory'],
  ['a/..', 'directory', 'directory'],
  ['...', '=three dots', '=three dots'],
  ['a\\file', '=with a backslash', '=with a backslash'],
  ['con', '=no device', '=no device'],
  ['', 'no-entry', 'no-entry'],
  ['missing', 'no-entry', 'no-entry'],
  ['missing/', 'no-entry', 'no-entry'],
  ['missing/..', 'no-entry', 'no-entry'],
  ['missing/../file', 'no-entry', 'no-entry'],
  ['file/', 'not-directory', 'not-directory'],
  ['file///', 'not-directory', 'not-directory'],
  ['file/.', 'not-directory', 'not-directory'],
  ['file/..', 'not-directory', 'not-directory'],
  ['file/x', 'not-directory', 'not-directory'],
  ['..', 'not-permitted', 'not-permitted'],
  ['../', 'not-permitted', 'not-permitted'],
  ['../secret', 'not-permitted', 'not-permitted'],
  ['../granted/file', 'not-permitted', 'not-permitted'],
  ['a/../../secret', 'not-permitted', 'not-permitted'],
  ['a/../..', 'not-permitted', 'not-permitted'],
  ['a/../../granted', 'not-permitted', 'not-permitted'],
  ['/', 'not-permitted', 'not-permitted'],
  ['//', 'not-permitted', 'not-permitted'],
  ['/etc/passwd', 'not-permitted', 'not-permitted'],
  ['/file', 'not-permitted', 'not-permitted'],
  ['/proc/self/environ', 'not-permitted', 'not-permitted'],
  ['file\0', 'invalid', 'invalid'],
  ['a\0/file', 'invalid', 'invalid'],
  [LONG_NAME, 'name-too-long', 'name-too-long'],
  [`${LONG_NAME}/x`, 'name-too-long', 'name-too-long'],
  ['a/'.repeat(10_000), 'name-too-long', 'name-too-long'],
  ['to-file', '=file', 'loop'],
  ['to-file/', 'not-directory', 'not-directory'],
  ['to-file-slash', 'not-directory', 'loop'],
  ['to-a', 'directory', 'loop'],
  ['to-a/', 'directory', 'directory'],
  ['to-a/.', 'directory', 'directory'],
  ['to-a-slash', 'directory', 'loop'],
  ['to-a-dot', 'directory', 'loop'],
  ['to-a/file', '=a/file', '=a/file'],
  ['to-a-slash/file', '=a/file', '=a/file'],
  ['to-b/../file', '=a/file', '=a/file'],
  ['to-b/..', 'directory', 'directory'],
  ['to-b/../..', 'directory', 'directory'],
  ['to-b/../../..', 'not-permitted', 'not-permitted'],
  ['to-here', 'directory', 'loop'],
  ['to-here/to-here/to-a/file', '=a/file', '=a/file'],
  ['to-here/..', 'not-permitted', 'not-permitted'],
  ['up-and-down', '=file', 'loop'],
  ['chain', '=file', 'loop'],
  ['a/to-top-file', '=file', 'loop'],
  ['to-bytes', '=bytes', 'loop'],
  ['to-bytes/', 'not-directory', 'not-directory'],
  ['bytes-out', 'not-permitted', 'loop'],
  ['bytes-out-late', 'not-directory', 'loop'],
  ['bytes-absolute', 'not-permitted', 'loop'],
  ['bytes-up-twice', 'not-permitted', 'loop'],
  ['bytes-up-twice/secret', 'not-permitted', 'not-permitted'],
  ['bytes-up', 'directory', 'loop'],
  ['bytes-up/file', '=file', '=file'],
  ['a/\ufffd', 'no-entry', 'no-entry'],
  ['loop', 'loop', 'loop'],
  ['loop/x', 'loop', 'loop'],
  ['loop/', 'loop', 'loop'],
  ['self', 'loop', 'loop'],
  ['dangling', 'no-entry', 'loop'],
  ['dangling/', 'no-entry', 'no-entry'],
  ['dangling/x', 'no-entry', 'no-entry'],
  ['out', 'not-permitted', 'loop'],
  ['out/', 'not-permitted', 'not-permitted'],
  ['out-directory', 'not-permitted', 'loop'],
  ['out-directory/secret', 'not-permitted', 'not-permitted'],
  ['out-directory/granted/file', 'not-permitted', 'not-permitted'],
  ['out-chain', 'not-permitted', 'loop'],
  ['out-late', 'not-permitted', 'loop'],
  ['out-and-back', 'not-permitted', 'loop'],
  ['absolute', 'not-permitted', 'loop'],
  ['absolute/', 'not-permitted', 'not-permitted'],
  ['absolute-inside', 'not-permitted', 'loop'],
  ['absolute-root/etc/passwd', 'not-permitted', 'not-permitted'],
  ['processes', 'not-permitted', 'loop'],
  ['descriptors/0', 'not-permitted', 'not-permitted'],
  ['a/out', 'not-permitted', 'loop'],
  ['fifo', 'not-permitted', 'not-permitted'],
  ['to-fifo', 'not-permitted', 'loop'],
  ['fifo/', 'not-directory', 'not-directory'],
  ['fifo/x', 'not-directory', 'not-directory'],
  ['socket', 'not-permitted', 'not-permitted'],
])('%.40j', (path, followed, kept) => {
  test(`opens to ${followed}, or ${kept} when links are kept`, () => {
    expect(opened(path, true)).toBe(followed);
    expect(opened(path, false)).toBe(kept);
  });
});

test('a directory that was opened confines to itself', () => {
  const inner = okOf<Descriptor>(root.openAt({}, 'a', { directory: true }, { read: true }));
  expect(opened('file', true, inner)).toBe('=a/file');
  expect(opened('..', true, inner)).toBe('not-permitted');
  expect(opened('../file', true, inner)).toBe('not-permitted');
  expect(opened('to-top-file', true, inner)).toBe('not-permitted');
});

test('the directory flag wants a directory', () => {
  const open = (path: string, symlinkFollow: boolean) =>
    root.openAt({ symlinkFollow }, path, { directory: true }, { read: true });
  expect(open('file', true)).toEqual({ tag: 'err', val: 'not-directory' });
  expect(open('fifo', true)).toEqual({ tag: 'err', val: 'not-directory' });
  expect(open('to-a', false)).toEqual({ tag: 'err', val: 'loop' });
  expect(open('to-a', true).tag).toBe('ok');
});

test('things that cannot be opened can be told apart', () => {
  const type = (path: string) => okOf<{ type: string }>(root.statAt({}, path)).type;
  expect([type('fifo'), type('socket'), type('loop'), type('dangling')]).toEqual([
    'fifo',
    'socket',
    'symbolic-link',
    'symbolic-link',
  ]);
});

test('devices are refused without being opened', () => {
  const devices = new TestRun({ directories: ['/dev'] });
  const top = devices.root();
  for (const name of ['null', 'zero', 'tty', 'random', 'ptmx']) {
    expect(top.openAt({}, name, {}, { read: true })).toEqual({ tag: 'err', val: 'not-permitted' });
    expect(okOf<{ type: string }>(top.statAt({}, name)).type).toBe('character-device');
  }
  devices.close();
});

test('the links of /proc itself lead nowhere', () => {
  const processes = new TestRun({ directories: ['/proc'] });
  const top = processes.root();
  for (const path of [
    'self/cwd',
    'self/root',
    'self/root/etc/passwd',
    'self/exe',
    'self/fd/0',
    'thread-self/cwd',
  ]) {
    expect(['not-permitted', 'no-entry']).toContain(opened(path, true, top));
  }
  processes.close();
});

test('links are counted, as many as the kernel counts', () => {
  const inside = join(directory.path, 'granted');
  writeFileSync(join(inside, 'link-0'), 'end');
  for (let index = 1; index <= 41; index += 1)
    symlinkSync(`link-${index - 1}`, join(inside, `link-${index}`));
  expect(opened('link-40', true)).toBe('=end');
  expect(opened('link-41', true)).toBe('loop');
});

test('deep paths, and ways back up from them, end where they lead', () => {
  const inside = join(directory.path, 'granted');
  const depth = 500;
  mkdirSync(join(inside, ...new Array(depth).fill('d')), { recursive: true });
  writeFileSync(join(inside, ...new Array(depth - 1).fill('d'), 'bottom'), 'bottom');
  writeFileSync(join(inside, ...new Array(200).fill('d'), 'middle'), 'middle');
  const down = 'd/'.repeat(depth);
  expect(opened(`${down}../bottom`, true)).toBe('=bottom');
  expect(opened(`${down}${'../'.repeat(300)}middle`, true)).toBe('=middle');
  expect(opened(`${down}${'../'.repeat(depth)}file`, true)).toBe('=file');
  expect(opened(`${down}${'../'.repeat(depth + 1)}secret`, true)).toBe('not-permitted');
});

test('a tree deeper than any path is walked down step by step', () => {
  const deep = new TestRun({ directories: [directory.path], limits: { handles: 8 } });
  let current = deep.root();
  for (let depth = 0; depth < 499; depth += 1) {
    const next = okOf<Descriptor>(
      current.openAt({}, depth === 0 ? 'granted/d' : 'd', { directory: true }, { read: true }),
    );
    drop(current);
    current = next;
  }
  expect(opened('bottom', true, current)).toBe('=bottom');
  deep.close();
});

test('no answer holds a host path', () => {
  const answers: unknown[] = [];
  for (const path of ['absolute', 'out', 'missing', 'loop', 'fifo', `${LONG_NAME}`, 'file\0']) {
    for (const symlinkFollow of [true, false]) {
      answers.push(root.openAt({ symlinkFollow }, path, {}, {}), root.statAt({ symlinkFollow }, path));
      answers.push(root.readlinkAt(path), root.metadataHashAt({ symlinkFollow }, path));
    }
  }
  const text = JSON.stringify(answers, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  expect(text).not.toContain(directory.path);
  expect(text).not.toContain('/proc');
  expect(text).not.toContain('/tmp');
});
