// Another process exchanges directories and files for links to the outside, all the time, while a guest opens
// and reads them. Whatever it is given must be from inside.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Descriptor } from '#src/worker/wasi/filesystem/descriptor.js';
import type { DirectoryEntryStream } from '#src/worker/wasi/filesystem/directory-entry-stream.js';
import { drop, okOf, TestRun, temporaryDirectory } from '../support/run.js';

const OPENS = Number(process.env['SANDPOOL_TEST_RACE_OPENS'] ?? 24_000);
const SWAPPER = fileURLToPath(new URL('../support/swapper.mjs', import.meta.url));
const PATHS = [
  'directory/content',
  'file',
  'deep/a/b/content',
  'deep/a/b/../b/content',
  'directory/../directory/content',
  'deep/a',
  'directory',
];

function lay(folder: string): void {
  const inside = join(folder, 'inside');
  const outside = join(folder, 'outside');
  for (const [top, text] of [
    [inside, 'INSIDE'],
    [outside, 'SECRET'],
  ] as const) {
    mkdirSync(join(top, 'deep', 'a', 'b'), { recursive: true });
    mkdirSync(join(top, 'directory'), { recursive: true });
    mkdirSync(join(top, 'b'), { recursive: true });
    for (const path of ['directory/content', 'content', 'b/content', 'deep/a/b/content', 'file-spare']) {
      writeFileSync(join(top, path), text);
    }
  }
  writeFileSync(join(outside, 'only-outside'), 'SECRET');
  writeFileSync(join(outside, 'deep', 'a', 'only-outside'), 'SECRET');
  symlinkSync('../outside', join(inside, 'directory-link'));
  symlinkSync('../outside/content', join(inside, 'file-link'));
  symlinkSync(outside, join(inside, 'deep', 'link'));
}

function contentOf(found: Descriptor): string {
  if (okOf(found.getType()) === 'regular-file') {
    return Buffer.from(okOf<[Uint8Array]>(found.read(100n, 0n))[0]).toString();
  }
  const stream = okOf<DirectoryEntryStream>(found.readDirectory());
  const names: string[] = [];
  for (;;) {
    const entry = okOf<{ name: string } | undefined>(stream.readDirectoryEntry());
    if (entry === undefined) break;
    names.push(entry.name);
  }
  drop(stream);
  return names.includes('only-outside') ? 'SECRET' : 'INSIDE';
}

test(`${OPENS} opens under exchange, none of which escapes`, { timeout: 600_000 }, async () => {
  const directory = temporaryDirectory();
  lay(directory.path);
  const inside = join(directory.path, 'inside');
  const swapper = spawn(process.execPath, [SWAPPER, inside], { stdio: ['pipe', 'pipe', 'inherit'] });
  const run = new TestRun({ directories: [inside] });
  const answers = new Map<string, number>();
  try {
    await once(swapper.stdout, 'data');
    const root = run.root();
    for (let count = 0; count < OPENS; count += 1) {
      const path = PATHS[count % PATHS.length] ?? '';
      const answer = root.openAt({ symlinkFollow: count % 3 !== 0 }, path, {}, { read: true });
      const told = answer.tag === 'err' ? answer.val : contentOf(answer.val);
      if (answer.tag === 'ok') drop(answer.val);
      answers.set(told, (answers.get(told) ?? 0) + 1);
    }
    expect(swapper.exitCode).toBeNull();
  } finally {
    run.close();
    swapper.kill();
    await once(swapper, 'exit');
    directory.remove();
  }
  expect(answers.get('SECRET') ?? 0, JSON.stringify([...answers])).toBe(0);
  expect([...answers.keys()].sort()).toEqual(expect.arrayContaining(['INSIDE', 'no-entry', 'not-permitted']));
  for (const told of answers.keys()) {
    expect(['INSIDE', 'no-entry', 'not-permitted', 'not-directory', 'loop']).toContain(told);
  }
  if (process.env['SANDPOOL_TEST_RACE_OPENS'] !== undefined) console.log(OPENS, Object.fromEntries(answers));
});
