// Good archives with random damage: whatever becomes of them, unpacking ends, writes nothing outside its target, leaves
// nothing of what it refuses, and blames the archive.

import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { SandpoolError } from '#src/bridge/errors.js';
import { unpackBundle } from '#src/main/server/content/unpack-bundle.js';
import { makeFolder } from '../../support/folder.js';
import { longNamePart, paxPart, tarOf } from '../../support/tar-bytes.js';
import { treeSnapshot } from '../../support/tree-snapshot.js';
import { extraField, little, zip64End, zipOf } from '../../support/zip-bytes.js';

const ROUNDS = 600;
const LIMITS = { unpackedBytes: 1_000_000, entries: 50, timeMs: 10_000 };

/** Numbers below `bound`, the same each time (mulberry32). */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const CONTENT = 'some text, again and again. '.repeat(60);
const TAR = tarOf(
  { name: './', type: '5' },
  { name: './folder/', type: '5' },
  { name: './folder/file', content: CONTENT },
  paxPart({ path: 'by pax/naïve', mtime: '1.5' }),
  { content: 'x' },
  longNamePart(`${'a long directory name/'.repeat(5)}name`),
  { magic: 'ustar  \0', content: 'y' },
);
const DESCRIPTOR = little([4, 0x08074b50], [4, 0xb7b2364b], [4, 2], [4, 2]);
const ZIP = zipOf([
  { name: 'folder/', method: 0 },
  { name: 'folder/file', content: CONTENT },
  { name: 'stored', content: 'ab', method: 0 },
  {
    name: 'described',
    content: 'ab',
    method: 0,
    crc: 0x9e83486d,
    flags: 8,
    descriptor: DESCRIPTOR.fill(little([4, 0x9e83486d]), 4, 8),
  },
]);
const ZIP64 = zipOf(
  [
    {
      name: 'large/file',
      content: CONTENT,
      bytes: 0xffffffff,
      compressedBytes: 0xffffffff,
      extra: extraField(1, little([8, CONTENT.length], [8, deflateRawSync(CONTENT).length])),
    },
  ],
  { entries: 0xffff, directoryStart: 0xffffffff, zip64: zip64End },
);

type Random = (bound: number) => number;

/** One to four random changes. */
function damaged(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original);
  for (let changes = 1 + random(4); changes > 0 && bytes.length > 4; changes--) {
    const at = random(bytes.length);
    const length = 1 + random(Math.min(600, bytes.length - at));
    switch (random(8)) {
      case 0:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes.fill(random(2) * 0xff, at, at + Math.min(length, 8));
        break;
      case 4:
        Buffer.from(['../', '/', '\\', '..', '\0', 'C:', '\xff', './/'][random(8)] ?? '', 'latin1').copy(
          bytes,
          at,
        );
        break;
      default:
        bytes[at] = random(256);
    }
  }
  return bytes;
}

/** Headers whose checksum no longer fits get one that does: the damage is to get past it. */
function withChecksums(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.length; at += 512) {
    if (tar.toString('latin1', at + 257, at + 262) !== 'ustar') continue;
    tar.fill(' ', at + 148, at + 156);
    const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
  return tar;
}

const KINDS: readonly (readonly [string, Buffer, (random: Random) => Buffer])[] = [
  ['tar', TAR, (random) => damaged(TAR, random)],
  ['tar, checksums mended', TAR, (random) => withChecksums(damaged(TAR, random))],
  ['tar.gz', gzipSync(TAR), (random) => damaged(gzipSync(TAR), random)],
  ['tar.gz of a damaged tar', gzipSync(TAR), (random) => gzipSync(withChecksums(damaged(TAR, random)))],
  ['zip', ZIP, (random) => damaged(ZIP, random)],
  ['zip64', ZIP64, (random) => damaged(ZIP64, random)],
];

describe('random damage', () => {
  test.each(KINDS)('to a %s ends, and stays inside', { timeout: 120_000 }, async (kind, original, damage) => {
    using folder = makeFolder({
      'in/archive': original,
      'in/bundles/other/file': 'another bundle',
      outside: '',
    });
    const archive = join(folder.path, 'in', 'archive');
    const target = join(folder.path, 'in', 'bundles', 'target');
    await unpackBundle(archive, target, LIMITS);
    expect(readdirSync(target).length, 'undamaged, it is good').toBeGreaterThan(0);
    rmSync(target, { recursive: true });

    const random = randomNumbers(KINDS.findIndex(([name]) => name === kind) + 1);
    const rules = new Set<unknown>();
    for (let round = 0; round < ROUNDS; round++) {
      writeFileSync(archive, damage(random));
      const before = treeSnapshot(folder.path);
      let unpacked = false;
      try {
        await unpackBundle(archive, target, LIMITS);
        unpacked = true;
      } catch (thrown) {
        if (!(thrown instanceof SandpoolError)) throw thrown;
        const { code, details } = thrown;
        expect(code, `round ${round}: ${thrown.message}`).toMatch(/^BUNDLE_/);
        rules.add(details['rule'] ?? details['setting'] ?? code);
      }
      const after = Object.entries(treeSnapshot(folder.path));
      const inside = after.filter(([path]) => /^in\/bundles\/target($|\/)/.test(path));
      expect(inside.length > 0, `round ${round}`).toBe(unpacked);
      for (const [, what] of inside) expect(what).toMatch(/^(directory 700|file 600 )/);
      expect(Object.fromEntries(after.filter((entry) => !inside.includes(entry)))).toEqual(before);
      rmSync(target, { recursive: true, force: true });
    }
    // The damage does get to many places.
    expect(rules.size).toBeGreaterThan(4);
  });
});
