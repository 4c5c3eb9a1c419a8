import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGrantedDirectory, readGrantedFile } from '#src/bridge/directory-walk.js';
import { SandpoolError } from '#src/bridge/errors.js';

let top: string;
let root: string;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'sandpool-walk-'));
  mkdirSync(join(top, 'real', 'assets', 'deep'), { recursive: true });
  symlinkSync('real', join(top, 'root'));
  root = join(top, 'root');
  writeFileSync(join(top, 'outside'), 'outside');
  writeFileSync(join(root, 'file.txt'), 'content');
  writeFileSync(join(root, 'assets', 'deep', 'file'), 'deep content');
  writeFileSync(join(root, 'empty'), '');
  symlinkSync('assets', join(root, 'link'));
  symlinkSync('deep', join(root, 'assets', 'link'));
  symlinkSync('../outside', join(root, 'out'));
  symlinkSync('nowhere', join(root, 'dangling'));
  execFileSync('mkfifo', [join(root, 'fifo')]);
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

/** The error that `action` throws, as code and details. */
function failure(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(SandpoolError);
    const { code, details, message } = error as SandpoolError;
    expect(message).not.toContain(top);
    return { code, ...details };
  }
  return undefined;
}

describe('openGrantedDirectory', () => {
  test.each([
    ['assets', 'assets'],
    ['./assets/', 'assets'],
    ['assets//deep', 'assets/deep'],
    ['assets/../assets/deep/..', 'assets'],
    ['.', '.'],
    ['', '.'],
  ])('opens %j', (path, expected) => {
    const fd = openGrantedDirectory(root, path);
    try {
      expect(fstatSync(fd).ino).toBe(statSync(join(root, expected)).ino);
      expect(readdirSync(`/proc/self/fd/${fd}`)).toEqual(readdirSync(join(root, expected)));
    } finally {
      closeSync(fd);
    }
  });

  test.each([
    ['missing', { code: 'DIRECTORY_NOT_FOUND' }],
    ['missing/deep', { code: 'DIRECTORY_NOT_FOUND' }],
    ['assets\0', { code: 'DIRECTORY_NOT_FOUND' }],
    ['file.txt', { code: 'DIRECTORY_UNREADABLE', reason: 'it is not a directory' }],
    ['file.txt/x', { code: 'DIRECTORY_UNREADABLE', reason: 'it is not a directory' }],
    ['fifo', { code: 'DIRECTORY_UNREADABLE', reason: 'it is not a directory' }],
    ['n'.repeat(300), { code: 'DIRECTORY_UNREADABLE', reason: 'the name is too long' }],
    ['..', { code: 'PATH_NOT_CONFINED' }],
    ['../real', { code: 'PATH_NOT_CONFINED' }],
    ['assets/../../real', { code: 'PATH_NOT_CONFINED' }],
    ['/', { code: 'PATH_NOT_CONFINED' }],
    ['/etc', { code: 'PATH_NOT_CONFINED' }],
    ['link', { code: 'PATH_THROUGH_LINK', link: 'link' }],
    ['link/deep', { code: 'PATH_THROUGH_LINK', link: 'link' }],
    ['./assets/link', { code: 'PATH_THROUGH_LINK', link: 'assets/link' }],
    ['out', { code: 'PATH_THROUGH_LINK', link: 'out' }],
    ['dangling', { code: 'PATH_THROUGH_LINK', link: 'dangling' }],
  ])('refuses %.20j', (path, expected) => {
    expect(failure(() => openGrantedDirectory(root, path))).toEqual({ path, ...expected });
  });

  test('a missing root is a missing directory', () => {
    const path = 'assets';
    expect(failure(() => openGrantedDirectory(join(top, 'no'), path))).toEqual({
      code: 'DIRECTORY_NOT_FOUND',
      path,
    });
  });
});

describe('readGrantedFile', () => {
  const read = (path: string, maximumBytes = 1000) =>
    Buffer.from(readGrantedFile(root, path, maximumBytes)).toString();

  test('reads files whole, up to exactly the maximum', () => {
    expect(read('file.txt')).toBe('content');
    expect(read('file.txt', 7)).toBe('content');
    expect(read('assets/deep/file')).toBe('deep content');
    expect(read('assets/../file.txt')).toBe('content');
    expect(read('empty', 0)).toBe('');
  });

  test('reads files whose size is not known beforehand', () => {
    const status = Buffer.from(readGrantedFile('/proc', `${process.pid}/status`, 100_000).slice()).toString();
    expect(status).toContain('VmPeak');
  });

  test.each([
    ['missing', { code: 'FILE_NOT_FOUND' }],
    ['a\0', { code: 'FILE_NOT_FOUND' }],
    ['assets', { code: 'FILE_UNREADABLE', reason: 'it is not a regular file' }],
    ['fifo', { code: 'FILE_UNREADABLE', reason: 'it is not a regular file' }],
    ['', { code: 'FILE_UNREADABLE', reason: 'it is not a regular file' }],
    ['../outside', { code: 'PATH_NOT_CONFINED' }],
    ['out', { code: 'PATH_THROUGH_LINK', link: 'out' }],
    ['link/deep/file', { code: 'PATH_THROUGH_LINK', link: 'link' }],
  ])('refuses %j', (path, expected) => {
    expect(failure(() => read(path))).toEqual({ path, ...expected });
  });

  test('refuses what is longer than the maximum', () => {
    expect(failure(() => read('file.txt', 6))).toEqual({
      code: 'FILE_UNREADABLE',
      path: 'file.txt',
      reason: 'it has more than 6 bytes',
    });
    expect(failure(() => readGrantedFile('/proc', `${process.pid}/status`, 100))).toMatchObject({
      reason: 'it has more than 100 bytes',
    });
  });
});

test('no descriptor is left open', () => {
  const before = readdirSync('/proc/self/fd').length;
  for (const path of ['missing', 'link', 'file.txt', 'fifo', 'file.txt/x', 'assets/deep/x', '..']) {
    expect(failure(() => openGrantedDirectory(root, path))).toBeDefined();
    failure(() => readGrantedFile(root, path, 3));
  }
  readGrantedFile(root, 'file.txt', 100);
  closeSync(openGrantedDirectory(root, 'assets/deep'));
  expect(readdirSync('/proc/self/fd')).toHaveLength(before);
});
