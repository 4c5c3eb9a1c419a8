import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadProject } from '#src/main/project/load-project.js';
import { findProjectRoot } from '#src/main/project/project-root.js';
import { readRegularFile, UnsuitableFile } from '#src/main/project/regular-file.js';
import { readLastReport } from '#src/main/sync/last-report.js';
import { makeFolder } from '../../support/folder.js';

const folder = makeFolder({ five: 'abcde', 'member/icp.yaml': '' });
execFileSync('mkfifo', [join(folder.path, 'pipe')]);
symlinkSync('five', join(folder.path, 'link'));
afterAll(() => folder[Symbol.dispose]());

test('a file is read, by a link too, and one that is too large is not', () => {
  expect(readRegularFile(join(folder.path, 'link'), 5).toString()).toBe('abcde');
  expect(() => readRegularFile(join(folder.path, 'five'), 4)).toThrow(UnsuitableFile);
});

test.each(['pipe', '../../../../../../dev/zero'])('%s is not read', (name) => {
  expect(() => readRegularFile(join(folder.path, name), 5)).toThrow(UnsuitableFile);
});

test('what a project leaves in place of its files holds nobody up', { timeout: 5_000 }, async () => {
  const root = folder.path;
  symlinkSync('pipe', join(root, 'icp.yaml'));
  await expect(loadProject(root)).rejects.toMatchObject({
    code: 'MANIFEST_UNREADABLE',
    details: { reason: 'it is not a regular file' },
  });
  expect(findProjectRoot({ folder: join(root, 'member') })).toBe(join(root, 'member'));
  execFileSync('mkdir', ['-p', join(root, '.icp/cache/sandpool')]);
  symlinkSync('/dev/zero', join(root, '.icp/cache/sandpool/ic.report.json'));
  expect(() => readLastReport(root, 'ic')).toThrow(
    expect.objectContaining({
      code: 'LAST_REPORT_INVALID',
      message: expect.stringContaining('regular file'),
    }),
  );
});
