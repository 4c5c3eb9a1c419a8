import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { bundleArchive, bundleHash } from '#src/main/remote/bundle-archive.js';
import { bundlePath, DeclaredEntries } from '#src/main/remote/declared-entries.js';
import { makeFolder } from '../../support/folder.js';

function entriesOf(
  folder: string,
  directories: readonly string[],
  files: readonly string[] = [],
  from = '',
): DeclaredEntries {
  const root = join(folder, from);
  const entries = new DeclaredEntries(folder);
  entries.add({
    directories: directories.map((path) => ({ key: '', guestPath: path, root, path })),
    files: files.map((path) => ({ key: '', name: path, root, path })),
  });
  return entries;
}

async function archiveOf(entries: DeclaredEntries): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bundleArchive(entries.sorted)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function contentsOf(archive: Buffer): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  const unpacked = extract();
  unpacked.end(archive);
  for await (const entry of unpacked) {
    const pieces: Uint8Array[] = [];
    for await (const piece of entry) pieces.push(piece);
    // Nothing in a header may be of one machine, one user or one day.
    const { mode, type, mtime, uid, gid } = entry.header;
    expect({ mode, mtime: mtime.getTime(), uid, gid }).toEqual({
      mode: type === 'directory' ? 0o755 : 0o644,
      mtime: 0,
      uid: 0,
      gid: 0,
    });
    contents[entry.header.name] = Buffer.concat(pieces).toString();
  }
  return contents;
}

function write(folder: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

describe('an archive', () => {
  test('has what was declared, in the order of paths, and empty directories too', async () => {
    using folder = makeFolder();
    write(folder.path, {
      'app/data/b.txt': 'two',
      'app/data/a/one.txt': 'one',
      'app/note.txt': 'note',
      'app/other.txt': 'x',
    });
    mkdirSync(join(folder.path, 'app/data/empty'));
    const contents = await contentsOf(await archiveOf(entriesOf(folder.path, ['data'], ['note.txt'], 'app')));
    expect(Object.entries(contents)).toEqual([
      ['app/data/', ''],
      ['app/data/a/', ''],
      ['app/data/a/one.txt', 'one'],
      ['app/data/b.txt', 'two'],
      ['app/data/empty/', ''],
      ['app/note.txt', 'note'],
    ]);
  });

  test('is the same whoever has the files, since when, and with what rights', async () => {
    using left = makeFolder();
    using right = makeFolder();
    const long = `data/${'long-name-'.repeat(20)}/${'y'.repeat(120)}.txt`;
    write(left.path, { 'data/a.txt': 'one', [long]: 'two' });
    write(right.path, { [long]: 'two', 'data/a.txt': 'one' });
    utimesSync(join(right.path, 'data/a.txt'), 1, 1);
    chmodSync(join(right.path, 'data/a.txt'), 0o700);
    const hash = await bundleHash(entriesOf(left.path, ['data']).sorted);
    expect(await bundleHash(entriesOf(right.path, ['data', '.']).sorted)).toEqual(hash);
    expect(hash.sizeBytes).toBe((await archiveOf(entriesOf(left.path, ['data']))).byteLength);
    writeFileSync(join(right.path, 'data/a.txt'), 'One');
    expect((await bundleHash(entriesOf(right.path, ['data']).sorted)).sha256).not.toBe(hash.sha256);
  });

  test('takes large files a piece at a time', async () => {
    using folder = makeFolder();
    const content = Buffer.alloc(5_000_001, 'abc');
    write(folder.path, { 'data/large.bin': content.toString() });
    let largest = 0;
    for await (const piece of bundleArchive(entriesOf(folder.path, ['data']).sorted)) {
      largest = Math.max(largest, piece.byteLength);
    }
    expect(largest).toBeLessThanOrEqual(256 * 1024);
    const contents = await contentsOf(await archiveOf(entriesOf(folder.path, ['data'])));
    expect(contents['data/large.bin'] === content.toString()).toBe(true);
  });

  test('can be left off in the middle', { timeout: 5000 }, async () => {
    using folder = makeFolder();
    write(folder.path, { 'data/large.bin': 'x'.repeat(5_000_000), 'data/more.txt': 'more' });
    for await (const piece of bundleArchive(entriesOf(folder.path, ['data']).sorted)) {
      expect(piece.byteLength).toBeGreaterThan(0);
      break;
    }
  });

  test('is not made of a file that has become a link since it was looked at', async () => {
    using folder = makeFolder();
    write(folder.path, { 'data/a.txt': 'one', 'secret.txt': 'secret' });
    const entries = entriesOf(folder.path, ['data']);
    execFileSync('ln', ['-sf', join(folder.path, 'secret.txt'), join(folder.path, 'data/a.txt')]);
    await expect(bundleHash(entries.sorted)).rejects.toMatchObject({ code: 'PATH_THROUGH_LINK' });
  });
});

describe('refused', () => {
  test.each(['to a file', 'to a folder', 'to nowhere'])('a link %s', (where) => {
    using folder = makeFolder();
    write(folder.path, { 'data/deep/a.txt': 'one', 'other/b.txt': 'two' });
    const target =
      { 'to a file': 'other/b.txt', 'to a folder': 'other', 'to nowhere': 'missing' }[where] ?? '';
    symlinkSync(join(folder.path, target), join(folder.path, 'data/deep/link'));
    expect(() => entriesOf(folder.path, ['data'])).toThrow(
      expect.objectContaining({
        code: 'PATH_THROUGH_LINK',
        details: { path: 'data/deep/link', link: 'data/deep/link' },
      }),
    );
  });

  test('what is neither a directory nor a file', () => {
    using folder = makeFolder();
    mkdirSync(join(folder.path, 'data'));
    execFileSync('mkfifo', [join(folder.path, 'data/pipe')]);
    expect(() => entriesOf(folder.path, ['data'])).toThrow(
      expect.objectContaining({ code: 'FILE_UNREADABLE' }),
    );
  });

  test('what is outside the project', () => {
    expect(() => bundlePath('/project', '/elsewhere')).toThrow(
      expect.objectContaining({ code: 'PATH_NOT_CONFINED' }),
    );
    expect(bundlePath('/project', '/project/app', './data')).toBe('app/data');
    expect(bundlePath('/project', '/project')).toBe('');
  });
});
