import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  lastReportFile,
  parseReport,
  readLastReport,
  stillToSync,
  type UnsyncedPart,
} from '#src/main/sync/last-report.js';

const REPORT: UnsyncedPart = {
  canisters: [
    { canister: 'a', outcome: 'synced' },
    { canister: 'b', outcome: 'failed' },
    { canister: 'c', outcome: 'cancelled' },
    { canister: 'd', outcome: 'skipped' },
    { canister: 'gone', outcome: 'failed' },
  ],
  leftOver: ['e', 'gone-too'],
};
const PRESENT = ['a', 'b', 'c', 'd', 'e', 'f'];

test.each([
  ['all that were not synced and are still there', [], ['b', 'c', 'd', 'e']],
  ['names narrow further', ['a', 'c', 'e', 'f'], ['c', 'e']],
  ['a name that is not there is kept, to be refused', ['nobody', 'b'], ['nobody', 'b']],
  ['none', ['a'], []],
])('what is still to be synced: %s', (_, asked, expected) => {
  expect(stillToSync(REPORT, PRESENT, asked)).toEqual(expected);
});

describe('a report that cannot be used', () => {
  const good = { version: 1, ...REPORT };
  test('is told with its file', () => {
    expect(parseReport(JSON.stringify(good), 'x.json')).toEqual(REPORT);
  });

  test.each([
    ['', 'not JSON'],
    ['{"version":1,', 'not JSON'],
    ['null', 'not an object'],
    [JSON.stringify({ ...good, version: 2 }), 'version'],
    [JSON.stringify({ ...good, canisters: {} }), 'canisters'],
    [JSON.stringify({ ...good, canisters: [{ canister: 'a', outcome: 'fine' }] }), 'canisters'],
    [JSON.stringify({ ...good, leftOver: [1] }), 'leftOver'],
  ])('%s', (text, says) => {
    expect(() => parseReport(text, 'x.json')).toThrow(
      expect.objectContaining({
        code: 'LAST_REPORT_INVALID',
        message: expect.stringMatching(new RegExp(`x\\.json.*${says}`)),
      }),
    );
  });
});

describe('the file', () => {
  const root = mkdtempSync(join(tmpdir(), 'sandpool-last-'));
  afterAll(() => rmSync(root, { recursive: true }));

  test('that is not there', () => {
    expect(() => readLastReport(root, 'none')).toThrow(
      expect.objectContaining({ code: 'LAST_REPORT_MISSING' }),
    );
  });

  test('that is no file', () => {
    mkdirSync(join(root, lastReportFile('folder')), { recursive: true });
    expect(() => readLastReport(root, 'folder')).toThrow(
      expect.objectContaining({
        code: 'LAST_REPORT_INVALID',
        message: expect.stringContaining('folder.report.json'),
      }),
    );
  });

  test('that is there', () => {
    const path = join(root, lastReportFile('test'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ version: 1, ...REPORT }));
    expect(readLastReport(root, 'test')).toEqual(REPORT);
  });
});
