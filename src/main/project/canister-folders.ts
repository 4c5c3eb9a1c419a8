// The folders that an entry of `canisters:` stands for: one by its path, or all that match a pattern. Patterns are
// those of icp-cli: `*`, `?` and `[…]` within a segment, `**` for any folders between; names that begin with a dot
// match like all others; what matches and holds no canister.yaml is left out; the order is that of the names.

import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The file that makes a folder a canister's. */
export const CANISTER_MANIFEST = 'canister.yaml';

/** Whether icp-cli takes `text` for a pattern. Braces make it one too, though they stand for themselves in it. */
export function isPattern(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** What is wrong with a pattern, in words that follow "the pattern". */
export function patternProblem(pattern: string): string | undefined {
  for (const segment of segmentsOf(pattern)) {
    if (segment.includes('***')) return 'has three stars in a row';
    if (segment.includes('**') && segment !== '**') return 'has `**` beside other characters in a segment';
    if (segmentExpression(segment) === undefined) return 'has a `[` that is not closed';
  }
  return undefined;
}

/** The paths of the canister folders below `root` that match `pattern`, which has no {@link patternProblem}. */
export async function matchingFolders(root: string, pattern: string): Promise<string[]> {
  const folders = await descend(root, segmentsOf(pattern));
  const kept = await Promise.all(
    [...new Set(folders)].map(async (folder) =>
      (await isFile(join(folder, CANISTER_MANIFEST))) ? folder : [],
    ),
  );
  return kept.flat();
}

/** Whether there is a file at `path`. */
export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function descend(folder: string, [segment, ...further]: readonly string[]): Promise<string[]> {
  if (segment === undefined) return [folder];
  if (segment === '**') {
    // In the end it stands for one folder at least.
    const here = further.length === 0 ? [] : await descend(folder, further);
    const below = (await foldersIn(folder, 'plain')).map((name) => join(folder, name));
    const deeper = await Promise.all(
      below.map(async (path) => [
        ...(further.length === 0 ? [path] : []),
        ...(await descend(path, [segment, ...further])),
      ]),
    );
    return [...here, ...deeper.flat()];
  }
  if (segment === '.' || segment === '..') return descend(join(folder, segment), further);
  const expression = segmentExpression(segment);
  const names = (await foldersIn(folder, 'any')).filter((name) => expression?.test(name));
  return (await Promise.all(names.map((name) => descend(join(folder, name), further)))).flat();
}

/** The names of the folders in `folder`, sorted; those that are reached by a link only when `any` are wanted. */
async function foldersIn(folder: string, which: 'plain' | 'any'): Promise<string[]> {
  const entries: Dirent[] = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isDirectory()) return entry.name;
      if (which === 'plain' || !entry.isSymbolicLink()) return [];
      const target = await stat(join(folder, entry.name)).catch(() => undefined);
      return target?.isDirectory() === true ? entry.name : [];
    }),
  );
  return names.flat().sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

function segmentsOf(pattern: string): string[] {
  return pattern.split('/').filter((segment) => segment !== '');
}

/** The expression that a segment is; `undefined` when a `[` in it is not closed. */
function segmentExpression(segment: string): RegExp | undefined {
  let source = '';
  for (let at = 0; at < segment.length; at++) {
    const character = segment.charAt(at);
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[') {
      const set = /^\[(!?)(\]?[^\]]*)\]/.exec(segment.slice(at));
      if (set === null) return undefined;
      const [whole, negation, members = ''] = set;
      source += `[${negation === '!' ? '^' : ''}${members.replace(/[\\\]^[]/g, '\\$&')}]`;
      at += whole.length - 1;
    } else source += character.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return undefined;
  }
}
