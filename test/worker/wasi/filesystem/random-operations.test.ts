// Random trees and random paths, against a twin that works on plain host paths. The twin knows nothing of
// descriptors: it looks at one name after the other and goes by the text of links. Where it stays inside, the
// kernel must agree with it too.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Descriptor } from '#src/worker/wasi/filesystem/descriptor.js';
import type { DirectoryEntryStream } from '#src/worker/wasi/filesystem/directory-entry-stream.js';
import { drop, okOf, TestRun, temporaryDirectory } from '../support/run.js';

const SEED = process.env['SANDPOOL_TEST_SEED'];
const TREES = Number(process.env['SANDPOOL_TEST_TREES'] ?? 200);
const PATHS = 60;

type Found = { readonly error: string } | { readonly path: string };

function exists(path: string) {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** The twin: where `path` leads below `root`, as a host path. */
function twin(root: string, path: string, follow: boolean): Found {
  if (path === '') return { error: 'no-entry' };
  let links = 0;
  const at: string[] = [];
  let rest = path;
  let mustBeDirectory = false;
  while (rest !== '') {
    if (rest.startsWith('/') && at.length === 0 && !mustBeDirectory) return { error: 'not-permitted' };
    const [, name = '', slashes = '', after = ''] = /^\/*([^/]*)(\/*)(.*)$/s.exec(rest) ?? [];
    rest = after;
    mustBeDirectory = slashes !== '';
    if (name === '' || name === '.') {
      mustBeDirectory = true;
      continue;
    }
    if (name === '..') {
      if (at.pop() === undefined) return { error: 'not-permitted' };
      mustBeDirectory = true;
      continue;
    }
    const here = join(root, ...at, name);
    const stats = exists(here);
    if (stats === undefined) return { error: 'no-entry' };
    if (stats.isSymbolicLink()) {
      if (rest === '' && !mustBeDirectory && !follow) return { path: here };
      links += 1;
      if (links > 40) return { error: 'loop' };
      const target = readlinkSync(here);
      if (target.startsWith('/')) return { error: 'not-permitted' };
      rest = `${target}${mustBeDirectory || rest !== '' ? '/' : ''}${rest}`;
      mustBeDirectory = false;
      continue;
    }
    if (!stats.isDirectory()) {
      return rest === '' && !mustBeDirectory ? { path: here } : { error: 'not-directory' };
    }
    at.push(name);
    mustBeDirectory = true;
  }
  return { path: join(root, ...at) };
}

const name = fc.constantFrom('a', 'b', 'c');
const segment = fc.oneof(
  { weight: 8, arbitrary: name },
  { weight: 1, arbitrary: fc.constant('..') },
  { weight: 1, arbitrary: fc.constantFrom('.', '') },
);
const somePath = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.boolean())
  .map(
    ([segments, atTop, slash]) =>
      `${atTop && segments.length > 3 ? '/' : ''}${segments.join('/')}${slash ? '/' : ''}`,
  );
const node = fc.record({
  parents: fc.array(name, { maxLength: 3 }),
  name,
  kind: fc.constantFrom('file', 'directory', 'directory', 'link', 'link'),
  target: somePath.filter((path) => path !== ''),
});

function build(
  root: string,
  nodes: readonly { parents: string[]; name: string; kind: string; target: string }[],
) {
  for (const { parents, name: last, kind, target } of nodes) {
    const parent = twin(root, parents.join('/') || '.', true);
    if ('error' in parent || !statSync(parent.path).isDirectory()) continue;
    const path = join(parent.path, last);
    if (exists(path) !== undefined) continue;
    if (kind === 'file') writeFileSync(path, path.slice(root.length));
    else if (kind === 'directory') mkdirSync(path);
    else symlinkSync(target, path);
  }
}

function names(directory: Descriptor): string[] {
  const stream = okOf<DirectoryEntryStream>(directory.readDirectory());
  const found: string[] = [];
  for (;;) {
    const entry = okOf<{ name: string } | undefined>(stream.readDirectoryEntry());
    if (entry === undefined) break;
    found.push(entry.name);
  }
  drop(stream);
  return found.sort();
}

/** What opening leads to: an error code, or what is read there. */
function opened(root: Descriptor, path: string, symlinkFollow: boolean): unknown {
  const answer = root.openAt({ symlinkFollow }, path, {}, { read: true });
  if (answer.tag === 'err') return answer.val;
  const found = answer.val;
  const read =
    okOf(found.getType()) === 'directory'
      ? names(found)
      : Buffer.from(okOf<[Uint8Array]>(found.read(1000n, 0n))[0]).toString();
  drop(found);
  return { read };
}

function expectedOpened(found: Found): unknown {
  if ('error' in found) return found.error;
  const stats = lstatSync(found.path);
  if (stats.isSymbolicLink()) return 'loop';
  return { read: stats.isDirectory() ? readdirSync(found.path).sort() : readFileSync(found.path, 'utf8') };
}

function expectKernelAgrees(root: string, path: string, follow: boolean, found: Found): void {
  if ('error' in found && found.error === 'not-permitted') return;
  const codes: Record<string, string> = { ENOENT: 'no-entry', ENOTDIR: 'not-directory', ELOOP: 'loop' };
  let seen: unknown;
  try {
    const { ino } = follow ? statSync(`${root}/${path}`) : lstatSync(`${root}/${path}`);
    seen = ino;
  } catch (error) {
    seen = codes[(error as NodeJS.ErrnoException).code ?? ''];
  }
  expect(seen).toBe('error' in found ? found.error : lstatSync(found.path).ino);
}

test('opening, stating, listing and reading links agree with the twin and the kernel', {
  timeout: 300_000,
}, () => {
  let inside = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.array(node, { minLength: 15, maxLength: 40 }),
      fc.array(fc.tuple(somePath, fc.boolean()), { minLength: PATHS, maxLength: PATHS }),
      (nodes, paths) => {
        const directory = temporaryDirectory();
        const run = new TestRun({ directories: [directory.path] });
        try {
          build(directory.path, nodes);
          const root = run.root();
          for (const [path, symlinkFollow] of paths) {
            const found = twin(directory.path, path, symlinkFollow);
            if (path !== '') expectKernelAgrees(directory.path, path, symlinkFollow, found);
            expect(opened(root, path, symlinkFollow), path).toEqual(expectedOpened(found));
            const stat = root.statAt({ symlinkFollow }, path);
            const link = root.readlinkAt(path);
            if ('error' in found) {
              refused += 1;
              expect(stat, path).toEqual({ tag: 'err', val: found.error });
              continue;
            }
            inside += 1;
            const expected = lstatSync(found.path, { bigint: true });
            expect(okOf(stat)).toMatchObject({ size: expected.size, linkCount: expected.nlink });
            const kept = twin(directory.path, path, false);
            const isLink = 'path' in kept && lstatSync(kept.path).isSymbolicLink();
            const target = isLink ? readlinkSync(kept.path) : '';
            if (!isLink) expect(link).toEqual({ tag: 'err', val: 'invalid' });
            else if (target.startsWith('/')) expect(link).toEqual({ tag: 'err', val: 'not-permitted' });
            else expect(link).toEqual({ tag: 'ok', val: target });
          }
        } finally {
          run.close();
          directory.remove();
        }
      },
    ),
    { numRuns: TREES, ...(SEED === undefined ? {} : { seed: Number(SEED) }) },
  );
  // Both kinds must come up often, or the test says nothing.
  expect(inside).toBeGreaterThan(TREES * 5);
  expect(refused).toBeGreaterThan(TREES * 5);
});
