// The command keeps its own code compiled, in one file.

import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeFolder, type TestFolder } from '../../support/folder.js';
import { sandpool } from './command-line.js';

let caches: TestFolder;
let code: string;
beforeEach(() => {
  caches = makeFolder();
  code = join(caches.path, 'sandpool/code');
});
afterEach(() => caches[Symbol.dispose]());

const command = async (...words: string[]): Promise<void> => {
  const { exitCode, stderr } = await sandpool(['cache', 'ls', ...words], undefined, {
    XDG_CACHE_HOME: caches.path,
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
};

test('code is kept in the cache folder', async () => {
  await command();
  expect(readdirSync(code)).not.toEqual([]);
});

test('nothing is kept when nothing is to be kept', async () => {
  await sandpool(
    ['run', 'absent.wasm', '--no-cache', '--canister', 'aaaaa-aa', '--network', 'http://[::1]:1'],
    undefined,
    {
      XDG_CACHE_HOME: caches.path,
    },
  );
  expect(existsSync(code)).toBe(false);
});

describe('the file of kept code', () => {
  const file = (): string => join(code, `node-${process.version}-${process.arch}`);

  test('is written once, for its user alone', async () => {
    await command();
    const { mtimeMs, mode } = statSync(file());
    expect(mode & 0o777).toBe(0o600);
    await command();
    expect(statSync(file()).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(code)).toHaveLength(1);
  });

  test.each<[string, (good: Buffer) => Buffer]>([
    [
      'a changed byte',
      (good) => good.fill(good.readUInt8(good.length - 1000) ^ 0xff, good.length - 1000, good.length - 999),
    ],
    ['the end cut off', (good) => good.subarray(0, good.length / 2)],
    ['nothing', () => Buffer.alloc(0)],
    ['other text', () => Buffer.from('{"what": "is this?"}')],
  ])('with %s is not used, and is written anew', async (_, damaged) => {
    await command();
    const bad = damaged(readFileSync(file()));
    writeFileSync(file(), bad);
    await command();
    expect(readFileSync(file()).equals(bad)).toBe(false);
  });

  test('is not used when others could have written it', async () => {
    await command();
    const { ino } = statSync(file());
    chmodSync(file(), 0o666);
    await command();
    expect(statSync(file())).not.toMatchObject({ ino });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });
});
