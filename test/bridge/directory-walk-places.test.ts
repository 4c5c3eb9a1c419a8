// Both ways of holding places give the same answers; the one by path also refuses what was exchanged under it.

import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Place } from '#src/bridge/place.js';
import { openPathPlace, pathPlaceOf } from '#src/bridge/place-by-path.js';
import { openProcPlace } from '#src/bridge/place-by-proc.js';
import { isPlainWindowsName } from '#src/bridge/windows-names.js';
import { resolve } from '#src/worker/wasi/filesystem/resolve.js';

let top: string;
let before: number;

beforeEach(() => {
  before = readdirSync('/proc/self/fd').length;
  top = mkdtempSync(join(tmpdir(), 'sandpool-places-'));
  mkdirSync(join(top, 'inside', 'sub'), { recursive: true });
  mkdirSync(join(top, 'outside'));
  writeFileSync(join(top, 'inside', 'file'), 'file');
  writeFileSync(join(top, 'inside', 'sub', 'inner'), 'inner');
  writeFileSync(join(top, 'outside', 'inner'), 'SECRET');
  symlinkSync('sub/inner', join(top, 'inside', 'link'));
  symlinkSync('../outside', join(top, 'inside', 'out'));
  execFileSync('mkfifo', [join(top, 'inside', 'fifo')]);
});
afterEach(() => {
  rmSync(top, { recursive: true, force: true });
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});

function code(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
  return undefined;
}

function contentOf(place: Place): string {
  const open = place.reopen();
  try {
    return readFileSync(open.fd, 'utf8');
  } finally {
    open.release();
    place.release();
  }
}

describe.each([
  ['by /proc', openProcPlace],
  ['by path', openPathPlace],
])('places %s', (_, open) => {
  test('find what is there, and do not follow', () => {
    const base = open(join(top, 'inside'));
    const [sub, link, fifo, file] = [
      base.find('sub'),
      base.find('out'),
      base.find('fifo'),
      base.find('file'),
    ];
    expect(sub.stats.ino).toBe(statSync(join(top, 'inside', 'sub'), { bigint: true }).ino);
    expect(contentOf(sub.find('inner'))).toBe('inner');
    expect([link.stats.isSymbolicLink(), link.target?.toString()]).toEqual([true, '../outside']);
    expect(fifo.stats.isFIFO()).toBe(true);
    expect(code(() => base.find('missing'))).toBe('ENOENT');
    expect(code(() => file.find('x'))).toBe('ENOTDIR');
    for (const way of ['', '.', '..', '/', 'sub/inner', '../outside', '/etc']) {
      expect(code(() => base.find(way))).toBe('EPERM');
      expect(code(() => base.find(Buffer.from(way)))).toBe('EPERM');
    }
    expect(contentOf(file)).toBe('file');
    const entries = sub.entries();
    expect(entries.readSync()?.name.toString()).toBe('inner');
    entries.closeSync();
    for (const place of [sub, link, fifo, base, base]) place.release();
  });

  test('are walked alike', () => {
    const base = open(join(top, 'inside'));
    expect(contentOf(resolve(base, 'sub/../link', 'follow'))).toBe('inner');
    const self = resolve(base, 'sub/..', 'follow');
    expect(self.stats.ino).toBe(base.stats.ino);
    self.release();
    expect(code(() => resolve(base, 'out/inner', 'follow'))).toBe('EPERM');
    expect(code(() => resolve(base, '..', 'follow'))).toBe('EPERM');
    base.release();
  });

  test('want a directory to begin with', () => {
    expect(code(() => open(join(top, 'inside', 'file')))).toBe('ENOTDIR');
    expect(code(() => open(join(top, 'missing')))).toBe('ENOENT');
  });
});

describe('places by path', () => {
  test('are found again by their descriptor while they are open', () => {
    const base = openPathPlace(join(top, 'inside'));
    const { fd } = base;
    expect(pathPlaceOf(fd)).toBe(base);
    base.release();
    expect(code(() => pathPlaceOf(fd))).toBe('EBADF');
  });

  test('refuse a directory exchanged for a link', () => {
    const base = openPathPlace(join(top, 'inside'));
    const sub = base.find('sub');
    const inner = sub.find('inner');
    renameSync(join(top, 'inside', 'sub'), join(top, 'inside', 'parked'));
    symlinkSync('../outside', join(top, 'inside', 'sub'));
    expect(code(() => sub.find('inner'))).toBe('EPERM');
    expect(code(() => sub.entries())).toBe('EPERM');
    expect(code(() => inner.reopen())).toBe('EPERM');
    base.release();
  });

  test('refuse a file exchanged for a link or another file', () => {
    const base = openPathPlace(join(top, 'inside'));
    const file = base.find('file');
    rmSync(join(top, 'inside', 'file'));
    symlinkSync('../outside/inner', join(top, 'inside', 'file'));
    expect(code(() => file.reopen())).toBe('ELOOP');
    rmSync(join(top, 'inside', 'file'));
    renameSync(join(top, 'outside', 'inner'), join(top, 'inside', 'file'));
    expect(code(() => file.reopen())).toBe('EPERM');
    base.release();
  });

  test('do not open what is neither file nor directory', () => {
    const base = openPathPlace(join(top, 'inside'));
    expect(code(() => base.find('fifo').reopen())).toBe('EPERM');
    base.release();
  });
});

test.each([
  ['file.txt', true],
  ['console', true],
  ['COM10', true],
  ['naïve name', true],
  ['nul', false],
  ['NUL.txt', false],
  ['Con', false],
  ['com1.log', false],
  ['LPT9', false],
  ['CONIN$', false],
  ['aux ', false],
  ['a\\b', false],
  ['c:', false],
  ['file:stream', false],
  ['what?', false],
  ['ends.', false],
  ['ends ', false],
  ['tab\t', false],
])('on Windows, is %j just a file? %s', (name, plain) => {
  expect(isPlainWindowsName(name)).toBe(plain);
});
