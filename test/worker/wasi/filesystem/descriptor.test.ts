import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor } from '#src/worker/wasi/filesystem/descriptor.js';
import type { DirectoryEntryStream } from '#src/worker/wasi/filesystem/directory-entry-stream.js';
import type { InputStream } from '#src/worker/wasi/input-stream.js';
import { drop, okOf, TestRun, temporaryDirectory } from '../support/run.js';

const HUGE = 2n ** 64n - 1n;
const err = (val: string) => ({ tag: 'err', val });
const closed = { tag: 'err', val: { tag: 'closed' } };

let directory: ReturnType<typeof temporaryDirectory>;
let run: TestRun;
let root: Descriptor;

function open(path: string, from: Descriptor = root): Descriptor {
  return okOf(from.openAt({ symlinkFollow: true }, path, {}, { read: true }));
}

function entries(of: Descriptor): { name: string; type: string }[] {
  const stream = okOf<DirectoryEntryStream>(of.readDirectory());
  const found = [];
  for (;;) {
    const entry = okOf<{ name: string; type: string } | undefined>(stream.readDirectoryEntry());
    if (entry === undefined) return found.sort((left, right) => (left.name < right.name ? -1 : 1));
    found.push(entry);
  }
}

beforeEach(() => {
  directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'file'), 'hello world');
  mkdirSync(join(directory.path, 'sub'));
  writeFileSync(join(directory.path, 'sub', 'inner'), 'inner');
  symlinkSync('sub/inner', join(directory.path, 'link'));
  run = new TestRun({ directories: [directory.path] });
  root = run.root();
});

afterEach(() => {
  run.close();
  directory.remove();
});

describe('reading', () => {
  test('read gives what is at the offset, and says when there is no more', () => {
    const file = open('file');
    expect(okOf(file.read(5n, 0n))).toEqual([new Uint8Array(Buffer.from('hello')), false]);
    expect(okOf(file.read(HUGE, 6n))).toEqual([new Uint8Array(Buffer.from('world')), false]);
    expect(okOf(file.read(5n, 11n))).toEqual([new Uint8Array(0), true]);
    expect(okOf(file.read(5n, 2n ** 62n))).toEqual([new Uint8Array(0), true]);
    expect(file.read(5n, 2n ** 63n - 1n)).toEqual(err('invalid'));
    expect(file.read(5n, 2n ** 63n)).toEqual(err('invalid'));
    expect(file.read(HUGE, HUGE)).toEqual(err('invalid'));
  });

  test('a stream reads on from its offset to the end, and is then closed', () => {
    const stream = okOf<InputStream>(open('file').readViaStream(6n));
    expect(okOf(stream.read(0n))).toEqual(new Uint8Array(0));
    expect(Buffer.from(okOf<Uint8Array>(stream.read(3n))).toString()).toBe('wor');
    expect(okOf(stream.skip(1n))).toBe(1n);
    expect(Buffer.from(okOf<Uint8Array>(stream.blockingRead(HUGE))).toString()).toBe('d');
    expect(stream.read(1n)).toEqual(closed);
    expect(stream.blockingSkip(1n)).toEqual(closed);
  });

  test('a stream goes on after the file was dropped', () => {
    const file = open('file');
    const stream = okOf<InputStream>(file.readViaStream(0n));
    drop(file);
    expect(Buffer.from(okOf<Uint8Array>(stream.read(100n))).toString()).toBe('hello world');
  });

  test('a stream from an offset that no file has fails once, with a code', () => {
    const stream = okOf<InputStream>(open('file').readViaStream(HUGE));
    const failed = stream.read(1n) as { tag: string; val: { tag: string; val: object } };
    expect(failed.val.tag).toBe('last-operation-failed');
    expect(run.call('wasi:filesystem/types', 'filesystemErrorCode', failed.val.val)).toBe('invalid');
    expect((failed.val.val as { toDebugString(): string }).toDebugString()).toBe('invalid');
    expect(stream.read(1n)).toEqual(closed);
  });

  test('splice sends a file to an output', () => {
    const stream = okOf<InputStream>(open('file').readViaStream(0n));
    expect(okOf(run.stdout().splice(stream, 5n))).toBe(5n);
    expect(okOf(run.stdout().blockingSplice(stream, HUGE))).toBe(6n);
    expect(run.written('stdout').toString()).toBe('hello world');
  });

  test('a file that grows, is cut, and is deleted meanwhile is read as it is', () => {
    const path = join(directory.path, 'file');
    const file = open('file');
    const stream = okOf<InputStream>(file.readViaStream(0n));
    okOf(stream.read(5n));
    appendFileSync(path, '!');
    expect(Buffer.from(okOf<Uint8Array>(stream.read(100n))).toString()).toBe(' world!');
    truncateSync(path, 2);
    expect(okOf<[Uint8Array, boolean]>(file.read(100n, 0n))[0]).toHaveLength(2);
    expect(okOf(file.read(100n, 5n))).toEqual([new Uint8Array(0), true]);
    unlinkSync(path);
    expect(okOf<[Uint8Array, boolean]>(file.read(100n, 0n))[0]).toHaveLength(2);
    expect(okOf<{ linkCount: bigint }>(file.stat()).linkCount).toBe(0n);
  });

  test('a huge length on a tiny file takes no room for what is not there', () => {
    const file = open('file');
    const stream = okOf<InputStream>(file.readViaStream(0n));
    const before = process.memoryUsage().arrayBuffers;
    const kept = [];
    for (let count = 0; count < 500; count += 1)
      kept.push(okOf<[Uint8Array, boolean]>(file.read(HUGE, 0n))[0]);
    kept.push(okOf<Uint8Array>(stream.read(HUGE)));
    expect(kept.every((bytes) => bytes.buffer.byteLength === 11)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
  });

  test('one read brings no more than may be allocated', () => {
    writeFileSync(join(directory.path, 'long'), Buffer.alloc(100_000, 'x'));
    const small = new TestRun({ directories: [directory.path], limits: { allocationBytes: 1000 } });
    const file = open('long', small.root());
    expect(okOf<[Uint8Array, boolean]>(file.read(HUGE, 0n))[0]).toHaveLength(1000);
    expect(okOf<Uint8Array>(okOf<InputStream>(file.readViaStream(0n)).read(HUGE))).toHaveLength(1000);
    small.close();
  });

  test('a sparse file of a terabyte is read in pieces', () => {
    const path = join(directory.path, 'sparse');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 40);
    const file = open('sparse');
    expect(okOf<{ size: bigint }>(file.stat()).size).toBe(2n ** 40n);
    const [bytes, end] = okOf<[Uint8Array, boolean]>(file.read(HUGE, 2n ** 40n - 10n));
    expect([bytes.length, end]).toEqual([10, false]);
    expect(okOf<[Uint8Array, boolean]>(file.read(HUGE, 0n))[0].length).toBeLessThanOrEqual(1024 * 1024);
  });

  test('a big file arrives whole', () => {
    const content = Buffer.alloc(5_000_000);
    for (let index = 0; index < content.length; index += 4) content.writeUInt32LE(index, index);
    writeFileSync(join(directory.path, 'big'), content);
    const stream = okOf<InputStream>(open('big').readViaStream(0n));
    const pieces = [];
    for (;;) {
      const answer = stream.blockingRead(HUGE);
      if (answer.tag === 'err') break;
      expect(answer.val.length).toBeGreaterThanOrEqual(Math.min(65_536, content.length % 65_536));
      pieces.push(answer.val);
    }
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
    expect(pieces.length).toBeLessThan(10);
  });
});

describe('directories', () => {
  test('lists its entries with their types, without . and ..', () => {
    expect(entries(root)).toEqual([
      { name: 'file', type: 'regular-file' },
      { name: 'link', type: 'symbolic-link' },
      { name: 'sub', type: 'directory' },
    ]);
    expect(entries(open('sub'))).toEqual([{ name: 'inner', type: 'regular-file' }]);
  });

  test('goes on listing after the directory was dropped', () => {
    const stream = okOf<DirectoryEntryStream>(root.readDirectory());
    drop(root);
    expect(okOf<object>(stream.readDirectoryEntry())).toHaveProperty('name');
    drop(stream);
  });

  test('lists a directory of very many entries in little memory', () => {
    const count = Number(process.env['SANDPOOL_TEST_ENTRIES'] ?? 20_000);
    mkdirSync(join(directory.path, 'many'));
    for (let index = 0; index < count; index += 1) {
      linkSync(
        join(directory.path, 'file'),
        join(directory.path, 'many', `entry-${index}-${'x'.repeat(100)}`),
      );
      if (index % 60_000 === 59_999) {
        unlinkSync(join(directory.path, 'file'));
        writeFileSync(join(directory.path, 'file'), '');
      }
    }
    const many = open('many');
    const before = process.memoryUsage().heapUsed;
    const stream = okOf<DirectoryEntryStream>(many.readDirectory());
    okOf(stream.readDirectoryEntry());
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1_000_000);
    let seen = 1;
    while (okOf(stream.readDirectoryEntry()) !== undefined) seen += 1;
    expect(seen).toBe(count);
    expect(okOf(stream.readDirectoryEntry())).toBeUndefined();
  });

  test('a name that is not UTF-8 is an error for that entry alone', () => {
    const bytes = Buffer.concat([Buffer.from(`${directory.path}/sub/bad`), Buffer.from([0xff])]);
    writeFileSync(bytes, '');
    const stream = okOf<DirectoryEntryStream>(open('sub').readDirectory());
    const answers = [0, 1, 2].map(() => stream.readDirectoryEntry());
    expect(answers).toContainEqual(err('illegal-byte-sequence'));
    expect(answers).toContainEqual({ tag: 'ok', val: { name: 'inner', type: 'regular-file' } });
    expect(answers[2]).toEqual({ tag: 'ok', val: undefined });
  });

  test('names that look alike are two', () => {
    writeFileSync(join(directory.path, 'sub', '\u00e9'), 'composed');
    writeFileSync(join(directory.path, 'sub', 'e\u0301'), 'decomposed');
    expect(entries(open('sub')).map(({ name }) => name)).toEqual(['e\u0301', 'inner', '\u00e9']);
    expect(Buffer.from(okOf<[Uint8Array, boolean]>(open('sub/\u00e9').read(99n, 0n))[0]).toString()).toBe(
      'composed',
    );
  });

  test('each call of get-directories gives handles of their own', () => {
    drop(root);
    const [[again, name] = []] = run.preopens();
    expect(name).toBe('0');
    expect(entries(again as Descriptor)).toHaveLength(3);
  });
});

describe('metadata', () => {
  test('stat tells what the file system tells', () => {
    utimesSync(join(directory.path, 'file'), 1000.5, 2000.25);
    const expected = statSync(join(directory.path, 'file'), { bigint: true });
    const second = 1_000_000_000n;
    const time = (ns: bigint) => ({ seconds: ns / second, nanoseconds: Number(ns % second) });
    const stat = {
      type: 'regular-file',
      size: 11n,
      linkCount: expected.nlink,
      dataAccessTimestamp: time(expected.atimeNs),
      dataModificationTimestamp: time(expected.mtimeNs),
      statusChangeTimestamp: time(expected.ctimeNs),
    };
    expect(okOf(open('file').stat())).toEqual(stat);
    expect(okOf(root.statAt({}, 'file'))).toEqual(stat);
    expect(okOf<{ type: string }>(root.statAt({}, 'link')).type).toBe('symbolic-link');
    expect(okOf<{ type: string; size: bigint }>(root.statAt({ symlinkFollow: true }, 'link'))).toMatchObject({
      type: 'regular-file',
      size: 5n,
    });
    expect(okOf<{ type: string }>(root.stat()).type).toBe('directory');
  });

  test('a time before 1970 is left out', () => {
    utimesSync(join(directory.path, 'file'), new Date(-5000), new Date(-5000));
    const stat = okOf<object>(open('file').stat());
    expect(stat).not.toHaveProperty('dataModificationTimestamp');
    expect(stat).toHaveProperty('statusChangeTimestamp');
  });

  test('types and flags are those of reading', () => {
    expect(okOf(root.getType())).toBe('directory');
    expect(okOf(open('file').getType())).toBe('regular-file');
    expect(okOf(root.getFlags())).toEqual({ read: true });
    expect(okOf(okOf<Descriptor>(root.openAt({}, 'file', {}, {})).getFlags())).toEqual({ read: true });
  });

  test('the same file is the same by any name, another is not', () => {
    const hash = okOf(open('sub/inner').metadataHash());
    expect(okOf(root.metadataHashAt({ symlinkFollow: true }, 'link'))).toEqual(hash);
    expect(okOf(root.metadataHashAt({}, 'link'))).not.toEqual(hash);
    expect(okOf(open('file').metadataHash())).not.toEqual(hash);
    expect(open('link').isSameObject(open('sub/inner'))).toBe(true);
    expect(open('file').isSameObject(open('sub/inner'))).toBe(false);
    expect(open('.').isSameObject(root)).toBe(true);
    const { ino } = statSync(join(directory.path, 'sub/inner'), { bigint: true });
    expect(Object.values(hash as object)).not.toContain(ino);
  });

  test('readlink-at gives the target as it is written', () => {
    expect(root.readlinkAt('link')).toEqual({ tag: 'ok', val: 'sub/inner' });
    expect(root.readlinkAt('file')).toEqual(err('invalid'));
    expect(root.readlinkAt('.')).toEqual(err('invalid'));
    expect(root.readlinkAt('missing')).toEqual(err('no-entry'));
    symlinkSync(directory.path, join(directory.path, 'absolute'));
    expect(root.readlinkAt('absolute')).toEqual(err('not-permitted'));
    symlinkSync(Buffer.from([0x61, 0xff]), join(directory.path, 'bytes'));
    expect(root.readlinkAt('bytes')).toEqual(err('illegal-byte-sequence'));
  });
});

describe('everything that changes something is refused', () => {
  const now = { tag: 'now' } as const;
  const operations: [string, (directory: Descriptor, file: Descriptor) => unknown][] = [
    ['open-at create', (at) => at.openAt({}, 'new', { create: true }, { read: true })],
    ['open-at create exclusive', (at) => at.openAt({}, 'new', { create: true, exclusive: true }, {})],
    ['open-at create of a file there', (at) => at.openAt({}, 'file', { create: true }, { read: true })],
    ['open-at truncate', (at) => at.openAt({}, 'file', { truncate: true }, { read: true })],
    ['open-at write', (at) => at.openAt({}, 'file', {}, { write: true })],
    ['open-at read and write', (at) => at.openAt({}, 'file', {}, { read: true, write: true })],
    ['open-at write of a missing file', (at) => at.openAt({}, 'missing', {}, { write: true })],
    ['open-at create outside', (at) => at.openAt({}, '../new', { create: true }, {})],
    ['create-directory-at', (at) => at.createDirectoryAt.call(at)],
    ['remove-directory-at', (at) => at.removeDirectoryAt.call(at)],
    ['unlink-file-at', (at) => at.unlinkFileAt.call(at)],
    ['rename-at', (at) => at.renameAt.call(at)],
    ['link-at', (at) => at.linkAt.call(at)],
    ['symlink-at', (at) => at.symlinkAt.call(at)],
    ['set-times-at', (at) => at.setTimesAt.call(at)],
    ['set-times of a directory', (at) => at.setTimes.call(at)],
    [
      'write',
      (_, file) => (file.write as (...values: unknown[]) => unknown).call(file, Buffer.from('x'), 0n),
    ],
    ['set-size', (_, file) => (file.setSize as (...values: unknown[]) => unknown).call(file, 0n)],
    ['set-times', (_, file) => (file.setTimes as (...values: unknown[]) => unknown).call(file, now, now)],
  ];

  test.each(operations)('%s', (_, operation) => {
    const before = readdirSync(directory.path).sort();
    const times = statSync(join(directory.path, 'file'), { bigint: true });
    expect(operation(root, open('file'))).toEqual(err('not-permitted'));
    expect(readdirSync(directory.path).sort()).toEqual(before);
    expect(readFileSync(join(directory.path, 'file'), 'utf8')).toBe('hello world');
    expect(statSync(join(directory.path, 'file'), { bigint: true }).mtimeNs).toBe(times.mtimeNs);
  });

  test('there is no stream to write to', () => {
    const file = open('file');
    expect(file.writeViaStream()).toEqual(err('bad-descriptor'));
    expect(file.appendViaStream()).toEqual(err('bad-descriptor'));
  });

  test('open-at refuses what does not go together', () => {
    expect(root.openAt({}, 'file', { directory: true, exclusive: true }, {})).toEqual(err('invalid'));
    expect(root.openAt({}, 'file', {}, { fileIntegritySync: true })).toEqual(err('unsupported'));
    expect(root.openAt({}, 'file', {}, { dataIntegritySync: true })).toEqual(err('unsupported'));
    expect(root.openAt({}, 'file', {}, { requestedWriteSync: true })).toEqual(err('unsupported'));
  });

  test('syncing and advising succeed, since there is nothing to do', () => {
    const file = open('file');
    expect([file.sync().tag, file.syncData().tag, file.advise().tag]).toEqual(['ok', 'ok', 'ok']);
    expect([root.sync().tag, root.syncData().tag]).toEqual(['ok', 'ok']);
  });
});

describe('the wrong kind of descriptor', () => {
  test('a directory is not read from, written to or advised', () => {
    expect(root.read(1n, 0n)).toEqual(err('bad-descriptor'));
    expect(root.readViaStream(0n)).toEqual(err('bad-descriptor'));
    expect(root.writeViaStream()).toEqual(err('bad-descriptor'));
    expect(root.write()).toEqual(err('bad-descriptor'));
    expect(root.setSize()).toEqual(err('bad-descriptor'));
    expect(root.advise()).toEqual(err('bad-descriptor'));
  });

  test('a file has no entries', () => {
    const file = open('file');
    expect(file.readDirectory()).toEqual(err('not-directory'));
    expect(file.openAt({}, 'x', {}, { read: true })).toEqual(err('not-directory'));
    expect(file.statAt({}, 'x')).toEqual(err('not-directory'));
    expect(file.readlinkAt('x')).toEqual(err('not-directory'));
    expect(file.metadataHashAt({}, 'x')).toEqual(err('not-directory'));
    expect(file.createDirectoryAt()).toEqual(err('not-directory'));
  });
});

describe('handles', () => {
  test('descriptors, entry streams and file streams are bounded, and given back when dropped', () => {
    const bounded = new TestRun({ directories: [directory.path], limits: { handles: 3 } });
    const top = bounded.root();
    for (let round = 0; round < 10; round += 1) {
      const file = open('file', top);
      const listing = okOf<object>(top.readDirectory());
      const stream = okOf<object>(file.readViaStream(0n));
      for (const resource of [file, listing, stream]) drop(resource);
    }
    const held = [open('file', top), open('file', top)];
    expect(top.openAt({}, 'file', {}, {})).toEqual(err('insufficient-memory'));
    expect(top.readDirectory()).toEqual(err('insufficient-memory'));
    const [file] = held as [Descriptor];
    const streams = [1, 2, 3].map(() => okOf<object>(file.readViaStream(0n)));
    expect(file.readViaStream(0n)).toEqual(err('insufficient-memory'));
    expect(streams).toHaveLength(3);
    expect(() => bounded.preopens()).toThrow('too many descriptors held open');
    bounded.close();
  });

  test('the process opens no more files for a run than it has handles', () => {
    const openDescriptors = () => readdirSync('/proc/self/fd').length;
    const before = openDescriptors();
    const bounded = new TestRun({ directories: [directory.path], limits: { handles: 10 } });
    const top = bounded.root();
    const streams: object[] = [];
    for (let round = 0; round < 30; round += 1) {
      const answer = top.openAt({}, 'file', {}, {});
      if (answer.tag === 'err') break;
      const stream = answer.val.readViaStream(0n);
      drop(answer.val);
      streams.push(stream);
    }
    const listings = Array.from({ length: 30 }, () => top.readDirectory());
    expect(listings.at(-1)).toEqual(err('insufficient-memory'));
    expect(openDescriptors() - before).toBe(10);
    bounded.close();
    expect(openDescriptors()).toBe(before);
    expect(streams.length).toBeGreaterThan(5);
  });

  test('what fails is not counted', () => {
    const bounded = new TestRun({ directories: [directory.path], limits: { handles: 2 } });
    const top = bounded.root();
    for (let round = 0; round < 5; round += 1) {
      expect(top.openAt({}, 'missing', {}, {})).toEqual(err('no-entry'));
      expect(top.openAt({}, 'link', {}, {})).toEqual(err('loop'));
    }
    const file = open('file', top);
    for (let round = 0; round < 5; round += 1) expect(file.readDirectory()).toEqual(err('not-directory'));
    for (let round = 0; round < 5; round += 1) expect(top.readViaStream(0n)).toEqual(err('bad-descriptor'));
    expect(okOf<object>(file.readViaStream(0n))).toBeDefined();
    bounded.close();
  });

  test('every way to fail and the end of the run leave no descriptor open', () => {
    const openDescriptors = () => readdirSync('/proc/self/fd').length;
    symlinkSync('loop', join(directory.path, 'loop'));
    const before = openDescriptors();
    const other = new TestRun({ directories: [directory.path] });
    const top = other.root();
    for (const path of [
      'missing',
      '../x',
      'sub/../..',
      'file/x',
      'loop',
      'loop/x',
      'link/x',
      'sub/inner/..',
    ]) {
      for (const symlinkFollow of [true, false]) {
        expect(top.openAt({ symlinkFollow }, path, {}, {}).tag).toBe('err');
        top.statAt({ symlinkFollow }, path);
        top.readlinkAt(path);
      }
    }
    expect(top.openAt({}, 'file', { directory: true }, {})).toEqual(err('not-directory'));
    okOf(open('file', top).readViaStream(0n));
    okOf(open('sub', top).readDirectory());
    const forgotten = open('file', top);
    other.close();
    other.close();
    expect(openDescriptors()).toBe(before);
    expect(forgotten.read(1n, 0n)).toEqual(err('bad-descriptor'));
    expect(forgotten.stat()).toEqual(err('bad-descriptor'));
  });
});
