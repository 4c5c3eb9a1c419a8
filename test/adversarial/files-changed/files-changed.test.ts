// Every operation of WASI that would change something on disk: all are refused, and the tree is to the byte, mode
// and time what it was.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack } from '../support/attack.js';
import { type Folder, makeFolder } from '../support/folder.js';
import { poolForTests } from '../support/pool.js';
import { hashOfTree } from '../support/tree.js';

let folder: Folder;
beforeAll(() => {
  folder = makeFolder();
  mkdirSync(join(folder.granted, 'rows/empty'), { recursive: true });
  writeFileSync(join(folder.granted, 'apple.txt'), 'a red one\n');
  writeFileSync(join(folder.granted, 'rows/pear.txt'), 'a green one\n');
  // Anyone may write it: what refuses is the sandbox.
  chmodSync(join(folder.granted, 'apple.txt'), 0o666);
  symlinkSync('apple.txt', join(folder.granted, 'link'));
  symlinkSync('../secret.txt', join(folder.granted, 'out'));
});
afterAll(() => folder.remove());

const pool = poolForTests(['changes-files']);

test.each(['apple.txt', 'rows', 'rows/empty', 'rows/pear.txt', 'link', '.'])(
  'nothing can be done to %s',
  async (path) => {
    const before = hashOfTree(folder.path);
    const { ending } = await attack(pool(), 'changes-files', { directory: folder.granted, file: path });
    expect(ending).toBe('ok');
    expect(hashOfTree(folder.path)).toBe(before);
  },
);

test('the hash of a tree would tell', () => {
  const before = hashOfTree(folder.path);
  writeFileSync(join(folder.granted, 'apple.txt'), 'a red one?');
  expect(hashOfTree(folder.path)).not.toBe(before);
});
