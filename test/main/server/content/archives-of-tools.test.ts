// Archives as real tools write them come out byte for byte as they went in.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unpackBundle } from '#src/main/server/content/unpack-bundle.js';
import { makeFolder, type TestFolder } from '../../../support/folder.js';
import { treeSnapshot } from '../../../support/tree-snapshot.js';

/** Bytes that do not compress, the same each time. */
function noise(bytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index * 32 < bytes; index++)
    parts.push(createHash('sha256').update(`${index}`).digest());
  return Buffer.concat(parts).subarray(0, bytes);
}

const LONG_NAME = `${'a long name '.repeat(12)}.txt`;
const LONG_PATH = `${Array.from({ length: 12 }, (_, index) => `directory number ${index}`).join('/')}/file`;
const FILES = {
  'index.html': '<h1>hello</h1>',
  empty: '',
  'one-block': noise(512),
  'block-and-one': noise(513),
  'assets/large.bin': noise(3_000_001),
  'assets/repeats.txt': 'the same again\n'.repeat(10_000),
  'naïve/日本語 🌱.txt': 'text',
  [LONG_NAME]: 'long',
  [LONG_PATH]: 'deep',
};

const PYTHON_ZIP = `
import os, sys, zipfile
method, target = sys.argv[1], sys.argv[2]
class Unseekable:
    def __init__(self, file): self.file = file
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
with open(target, 'wb') as file:
    with zipfile.ZipFile(Unseekable(file) if 'stream' in method else file, 'w',
            zipfile.ZIP_STORED if 'stored' in method else zipfile.ZIP_DEFLATED) as archive:
        for folder, folders, files in os.walk('.'):
            for name in folders: archive.write(os.path.join(folder, name))
            for name in files:
                path = os.path.join(folder, name)
                info = zipfile.ZipInfo.from_file(path)
                info.compress_type = archive.compression
                with open(path, 'rb') as source, archive.open(info, 'w', force_zip64='zip64' in method) as entry:
                    entry.write(source.read())
        if 'comment' in method: archive.comment = b'made for a test'
`;
const PYTHON_TAR = `
import sys, tarfile
with tarfile.open(sys.argv[2], 'w:gz' if 'gz' in sys.argv[1] else 'w',
        format=tarfile.GNU_FORMAT if 'gnu' in sys.argv[1] else tarfile.PAX_FORMAT) as archive: archive.add('.')
`;

const shell = (command: string) => (folder: string, target: string) =>
  execFileSync('bash', ['-euo', 'pipefail', '-c', command, '-', target], { cwd: folder, stdio: 'pipe' });
const python = (program: string, how: string) => (folder: string, target: string) =>
  execFileSync('python3', ['-c', program, how, target], { cwd: folder, stdio: 'pipe' });

const TOOLS: readonly (readonly [string, (folder: string, target: string) => unknown])[] = [
  ['tar --format=gnu', shell('tar --format=gnu -cf "$1" .')],
  ['tar --format=pax', shell('tar --format=pax -cf "$1" .')],
  ['tar of names, without a dot', shell('tar --format=pax -cf "$1" *')],
  ['tar -z', shell('tar -czf "$1" .')],
  ['tar | gzip -1', shell('tar -cf - . | gzip -1 > "$1"')],
  [
    'tar --format=posix, with sub-second times and a global header',
    shell('tar --format=posix --pax-option=globexthdr.name=/x/g,comment=hello -cf "$1" .'),
  ],
  [
    'gzip with a name and a comment of a file',
    shell('tar -cf content.tar --exclude=content.tar . && gzip -N content.tar && mv content.tar.gz "$1"'),
  ],
  ['zip -r', shell('zip -qr - . > "$1.zip" && mv "$1.zip" "$1"')],
  ['zip -r to a file', shell('zip -qr "$1.zip" . && mv "$1.zip" "$1"')],
  ['zip -0, without directories', shell('zip -q0Dr "$1.zip" . && mv "$1.zip" "$1"')],
  [
    'git archive as tar',
    shell(
      'git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm a && git archive HEAD > "$1" && rm -r .git',
    ),
  ],
  [
    'git archive as zip',
    shell(
      'git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm a && git archive --format=zip HEAD > "$1" && rm -r .git',
    ),
  ],
  ['python zipfile, deflated', python(PYTHON_ZIP, 'deflated')],
  ['python zipfile, stored', python(PYTHON_ZIP, 'stored')],
  ['python zipfile with a comment', python(PYTHON_ZIP, 'comment')],
  ['python zipfile, zip64', python(PYTHON_ZIP, 'zip64')],
  ['python zipfile to a pipe, with data descriptors', python(PYTHON_ZIP, 'stream')],
  ['python zipfile to a pipe, zip64', python(PYTHON_ZIP, 'stream zip64')],
  ['python tarfile, pax', python(PYTHON_TAR, 'pax')],
  ['python tarfile, gnu, gzip', python(PYTHON_TAR, 'gnu gz')],
];

/** Directories come and go with the tool: files alone are compared. */
function filesOf(folder: string): Record<string, string> {
  const all = Object.entries(treeSnapshot(folder)).filter(([, what]) => what.startsWith('file'));
  return Object.fromEntries(all.map(([path, what]) => [path, what.replace(/^file \d+ /, '')]));
}

async function unpacked(folder: TestFolder): Promise<string> {
  const target = join(folder.path, 'unpacked');
  const { files, unpackedBytes } = await unpackBundle(join(folder.path, 'archive'), target);
  const found = filesOf(target);
  expect(files.map(({ path }) => path).sort()).toEqual(Object.keys(found).sort());
  for (const { path, bytes } of files) expect(readFileSync(join(target, path))).toHaveLength(bytes);
  expect(unpackedBytes).toBe(files.reduce((sum, { bytes }) => sum + bytes, 0));
  return target;
}

describe('what tools write', () => {
  test.each(TOOLS)('%s comes out as it went in', async (_tool, pack) => {
    using source = makeFolder(FILES);
    using folder = makeFolder();
    pack(source.path, join(folder.path, 'archive'));
    expect(filesOf(await unpacked(folder))).toEqual(filesOf(source.path));
  });

  test('tar --format=ustar comes out as it went in', async () => {
    const { [LONG_NAME]: _long, ...files } = FILES;
    using source = makeFolder(files);
    using folder = makeFolder();
    execFileSync('tar', ['--format=ustar', '-cf', join(folder.path, 'archive'), '.'], { cwd: source.path });
    expect(filesOf(await unpacked(folder))).toEqual(filesOf(source.path));
  });

  test('modes are ours, whatever the archive says', async () => {
    using source = makeFolder({ 'bin/tool': '#!/bin/sh', plain: '' });
    using folder = makeFolder();
    execFileSync('bash', ['-c', 'chmod 6777 bin/tool bin && chmod 000 plain'], { cwd: source.path });
    execFileSync('tar', ['-cf', join(folder.path, 'archive'), '.'], { cwd: source.path });
    const target = await unpacked(folder);
    const modes = Object.values(treeSnapshot(target)).map((what) => what.split(' ').slice(0, 2).join(' '));
    expect(modes.sort()).toEqual(['directory 700', 'directory 700', 'file 600', 'file 600']);
  });

  test.each([
    ['tar', 'tar -cf "$1" --files-from /dev/null'],
    ['tar.gz', 'tar -czf "$1" --files-from /dev/null'],
    ['zip', `python3 -c "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').close()" "$1"`],
  ])('a %s of nothing is a bundle of nothing', async (_kind, command) => {
    using folder = makeFolder();
    shell(command)(folder.path, join(folder.path, 'archive'));
    expect(filesOf(await unpacked(folder))).toEqual({});
  });

  test.each([
    ['sh', '#!/bin/sh\n'],
    ['nothing', ''],
    ['7z', '7z\xbc\xaf\x27\x1c'],
    ['a word', 'PK'],
  ])('%s is no archive', async (_what, content) => {
    using folder = makeFolder();
    writeFileSync(join(folder.path, 'archive'), content, 'latin1');
    const before = treeSnapshot(folder.path);
    await expect(unpacked(folder)).rejects.toMatchObject({ code: 'BUNDLE_FORMAT_UNKNOWN', httpStatus: 415 });
    expect(treeSnapshot(folder.path)).toEqual(before);
  });
});
