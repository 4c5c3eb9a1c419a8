// A directory with one of everything that a path can lead to.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, lutimes, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A name as long as may be, and how one in another form of Unicode is written. */
export const LONGEST_NAME = 'n'.repeat(255);
export const COMPOSED = 'caf\u00e9';
export const DECOMPOSED = 'cafe\u0301';

/** Links, and where they lead. The tree stands in a folder that also holds `beside`. */
const LINKS: Readonly<Record<string, string>> = {
  'to-file': 'file',
  'to-directory': 'directory',
  'to-directory-slash': 'directory/',
  'to-file-slash': 'file/',
  'to-here': '.',
  'to-link': 'to-file',
  'to-nothing': 'nothing',
  'to-nothing-below': 'directory/nothing/at/all',
  'to-itself': 'to-itself',
  'to-and-fro': 'fro',
  fro: 'to-and-fro',
  'to-outside': '../beside',
  'to-outside-directory': '..',
  'to-out-and-in': '../tree/file',
  'to-round-about': 'directory/../file',
  'to-absolute': '/etc/passwd',
  'to-root': '/',
  'to-fifo': 'fifo',
  'directory/up': '..',
  'directory/up-to-file': '../file',
  'directory/out': '../..',
  'directory/to-inner': 'inner',
};

/** Chains of links that end in `file`; the name says how many there are to follow. */
const CHAINS = [8, 39, 40, 41, 50];

const SECONDS = 1_700_000_000;

/** Makes the tree in `folder`, and `beside` it a file that it must not lead to. */
export async function plantTree(folder: string): Promise<void> {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'directory/inner/deep'), { recursive: true });
  await mkdir(join(tree, 'empty-directory'));
  const files = {
    file: 'a file of some bytes\n',
    'empty-file': '',
    'directory/below': 'below\n',
    'directory/inner/deep/bottom': 'bottom\n',
    unreadable: 'not for others\n',
    'back\\slash': 'a backslash\n',
    'col:on': 'a colon\n',
    ' space ': 'spaces\n',
    'new\nline': 'a new line\n',
    '...': 'dots\n',
    [LONGEST_NAME]: 'a long name\n',
    [COMPOSED]: 'composed\n',
    [DECOMPOSED]: 'decomposed\n',
    '\u{1f333}': 'a tree\n',
    'large-file': 'x'.repeat(1_000_000),
  };
  for (const [path, content] of Object.entries(files)) await writeFile(join(tree, path), content);
  await writeFile(join(folder, 'beside'), 'beside the tree\n');
  await link(join(tree, 'file'), join(tree, 'hard-link'));
  for (const [path, target] of Object.entries(LINKS)) await symlink(target, join(tree, path));
  for (const length of CHAINS) {
    await mkdir(join(tree, `chain-${length}`));
    for (let at = 1; at < length; at += 1) await symlink(`${at + 1}`, join(tree, `chain-${length}/${at}`));
    await symlink('../file', join(tree, `chain-${length}/${length}`));
  }
  execFileSync('mkfifo', [join(tree, 'fifo')]);
  await plantSocket(join(tree, 'socket'));
  await writeFile(Buffer.concat([Buffer.from(`${tree}/directory/inner/`), Buffer.from([0xff])]), 'no UTF-8');
  await chmod(join(tree, 'unreadable'), 0);
  await setTimes(tree);
}

/** A server takes its socket away when it is closed, but not the other name. */
async function plantSocket(path: string): Promise<void> {
  const server = createServer().listen(`${path}-`);
  await once(server, 'listening');
  await link(`${path}-`, path);
  server.close();
  await once(server, 'close');
  await rm(`${path}-`, { force: true });
}

/** All times the same, whenever this is run; those of a directory after those of what is in it. */
async function setTimes(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const entryPath = join(path, entry.name);
    if (entry.isDirectory()) await setTimes(entryPath);
    else if (!entry.name.includes('\ufffd')) await lutimes(entryPath, SECONDS, SECONDS);
  }
  await lutimes(path, SECONDS, SECONDS);
}
