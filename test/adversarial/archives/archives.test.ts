// Hostile archives are refused for what is wrong with them, and leave nothing anywhere.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS, SandpoolError } from '#src/bridge/errors.js';
import { DEFAULT_BUNDLE_LIMITS } from '#src/main/server/content/bundle-limits.js';
import { REFUSAL_RULES } from '#src/main/server/content/bundle-refusal.js';
import { unpackBundle } from '#src/main/server/content/unpack-bundle.js';
import { makeFolder } from '../../support/folder.js';
import { treeSnapshot } from '../../support/tree-snapshot.js';
import { HOSTILE_ARCHIVES } from './hostile-archives.js';

async function refusal(work: Promise<unknown>): Promise<SandpoolError> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof SandpoolError) return thrown;
    throw thrown;
  }
  throw new Error('it was unpacked');
}

describe('an archive with', () => {
  test.each(HOSTILE_ARCHIVES)('$title is refused by $refusedBy, and nothing is written', async (hostile) => {
    using folder = makeFolder({
      'beside/archive': hostile.archive,
      'beside/outside': 'as it was',
      outside: 'too',
    });
    mkdirSync(join(folder.path, 'beside', 'bundles'));
    const before = treeSnapshot(folder.path);
    const target = join(folder.path, 'beside', 'bundles', 'target');
    const error = await refusal(unpackBundle(join(folder.path, 'beside', 'archive'), target, hostile.limits));
    expect(error.details['rule'] ?? error.details['setting'], error.message).toBe(hostile.refusedBy);
    expect(treeSnapshot(folder.path)).toEqual(before);
    expect(error.code).toBe(
      hostile.refusedBy in DEFAULT_BUNDLE_LIMITS ? 'BUNDLE_LIMIT_EXCEEDED' : 'BUNDLE_REFUSED',
    );
    // Whatever the names in it are, the message is one line that drives nothing, and has no gap left in it.
    expect(`${error.message} ${error.hint}`).not.toMatch(/\p{Cc}|\p{Cf}|(?<!\\u)\{\w+\}/u);
    expect(error.message.length).toBeLessThan(400);
  });

  test('every rule has an archive that breaks it', () => {
    const broken = new Set<string>(HOSTILE_ARCHIVES.map(({ refusedBy }) => refusedBy));
    expect(Object.keys(REFUSAL_RULES).filter((rule) => !broken.has(rule))).toEqual([]);
    expect(HOSTILE_ARCHIVES.length).toBeGreaterThan(200);
    expect(ERRORS.BUNDLE_REFUSED.httpStatus).toBe(422);
  });

  test('an archive that is a link is not followed, and a target that is there is not touched', async () => {
    using folder = makeFolder({ 'target/old': 'old', real: '' });
    symlinkSync(join(folder.path, 'real'), join(folder.path, 'link'));
    writeFileSync(join(folder.path, 'archive'), Buffer.alloc(1024));
    mkdirSync(join(folder.path, 'empty'));
    const before = treeSnapshot(folder.path);
    for (const [archive, target] of [
      ['link', 'new'],
      ['archive', 'target'],
      ['archive', 'empty'],
      ['absent', 'new'],
    ] as const) {
      const error = await refusal(unpackBundle(join(folder.path, archive), join(folder.path, target)));
      expect(error.code).toBe('STORAGE_FAILED');
    }
    expect(treeSnapshot(folder.path)).toEqual(before);
  });
});
