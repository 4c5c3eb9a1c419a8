import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { WrittenFile } from '#src/main/sync/written-file.js';

const root = mkdtempSync(join(tmpdir(), 'sandpool-written-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
});

test('the check leaves everything as it is', () => {
  writeFileSync(join(root, 'there'), 'before');
  new WrittenFile(join(root, 'there')).check();
  new WrittenFile(join(root, 'new')).check();
  expect(readdirSync(root)).toEqual(['there']);
  expect(readFileSync(join(root, 'there'), 'utf8')).toBe('before');
});

test('replaces what is there, behind a link too, and leaves nothing else', () => {
  writeFileSync(join(root, 'there'), 'before');
  symlinkSync('there', join(root, 'link'));
  new WrittenFile(join(root, 'link')).write('after');
  expect(readFileSync(join(root, 'there'), 'utf8')).toBe('after');
  expect(readdirSync(root)).toEqual(['link', 'there']);
});

test('where links give way, so does whatever is no folder, and nobody waits for a pipe', () => {
  writeFileSync(join(root, 'precious'), 'before');
  symlinkSync('precious', join(root, 'link'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  for (const name of ['link', 'pipe']) {
    const file = new WrittenFile(join(root, name), 'replace');
    file.check();
    file.write('after');
    expect(lstatSync(join(root, name)).isFile()).toBe(true);
    expect(readFileSync(join(root, name), 'utf8')).toBe('after');
  }
  expect(readFileSync(join(root, 'precious'), 'utf8')).toBe('before');
});

test('nothing is written through a link that somebody left where the file is made', () => {
  writeFileSync(join(root, 'precious'), 'before');
  symlinkSync('precious', join(root, `report.${process.pid}.tmp`));
  new WrittenFile(join(root, 'report')).write('after');
  expect(readFileSync(join(root, 'precious'), 'utf8')).toBe('before');
  expect(readFileSync(join(root, 'report'), 'utf8')).toBe('after');
});

test.each([
  ['a folder that is not there', 'nowhere/report.json', /ENOENT/],
  ['a folder', 'folder', /it is a directory/],
])('%s is refused, before and then', (_, path, says) => {
  mkdirSync(join(root, 'folder'));
  const file = new WrittenFile(join(root, path));
  const refusal = expect.objectContaining({
    code: 'OUTPUT_UNWRITABLE',
    message: expect.stringMatching(says),
  });
  expect(() => file.check()).toThrow(refusal);
  expect(() => file.write('x')).toThrow(refusal);
  expect(readdirSync(root)).toEqual(['folder']);
});

test.skipIf(process.platform === 'win32')('a device is written to, and stays what it is', () => {
  const file = new WrittenFile('/dev/null');
  file.check();
  file.write('gone');
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});
