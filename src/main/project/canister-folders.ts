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
    if (segmentParts(segment) === undefined) return 'has a `[` that is not closed';
  }
  return undefined;
}

/** A pattern that leads through more folders than this, by however many ways, is refused: `/**`, or links in a circle. */
const MOST_FOLDERS = 250_000;

/**
 * The paths of the canister folders below `root` that match `pattern`, which has no {@link patternProblem}.
 * @param mostFolders how many folders may be looked into
 * @returns undefined when there are more than that
 */
export async function matchingFolders(
  root: string,
  pattern: string,
  mostFolders = MOST_FOLDERS,
): Promise<string[] | undefined> {
  const search = { left: mostFolders };
  const folders = await descend(root, segmentsOf(pattern), search);
  if (search.left < 0) return undefined;
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

async function descend(
  folder: string,
  [segment, ...further]: readonly string[],
  search: { left: number },
): Promise<string[]> {
  if (segment === undefined) return [folder];
  search.left -= 1;
  if (search.left < 0) return [];
  if (segment === '**') {
    // In the end it stands for one folder at least.
    const here = further.length === 0 ? [] : await descend(folder, further, search);
    const below = (await foldersIn(folder, 'plain')).map((name) => join(folder, name));
    const deeper = await Promise.all(
      below.map(async (path) => [
        ...(further.length === 0 ? [path] : []),
        ...(await descend(path, [segment, ...further], search)),
      ]),
    );
    return [...here, ...deeper.flat()];
  }
  if (segment === '.' || segment === '..') return descend(join(folder, segment), further, search);
  const parts = segmentParts(segment) ?? [];
  const names = (await foldersIn(folder, 'any')).filter((name) => matches(name, parts));
  return (await Promise.all(names.map((name) => descend(join(folder, name), further, search)))).flat();
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

/** What one character of a segment stands for: any run, any one, or one that passes. */
type SegmentPart = 'any-run' | 'any-one' | ((character: string) => boolean);

/** The parts that a segment is made of; `undefined` when a `[` in it is not closed, or holds a range from Z to A. */
function segmentParts(segment: string): readonly SegmentPart[] | undefined {
  const parts: SegmentPart[] = [];
  for (let rest = segment; rest !== ''; ) {
    const [character = ''] = rest;
    const set = character === '[' ? /^\[(!?)(\]?[^\]]*)\]/u.exec(rest) : undefined;
    if (set === null) return undefined;
    if (set !== undefined) {
      const [, negation, members = ''] = set;
      const expression = setExpression(negation === '!' ? '^' : '', members);
      if (expression === undefined) return undefined;
      parts.push((candidate) => expression.test(candidate));
    } else if (character === '*') parts.push('any-run');
    else if (character === '?') parts.push('any-one');
    else parts.push((candidate) => candidate === character);
    rest = rest.slice(set?.[0].length ?? character.length);
  }
  return parts;
}

function setExpression(negation: string, members: string): RegExp | undefined {
  try {
    return new RegExp(`^[${negation}${members.replace(/[\\\]^[]/g, '\\$&')}]$`, 'su');
  } catch {
    return undefined;
  }
}

/**
 * Whether `name` is what `parts` say. Only the last `*` is ever tried again, so that no pattern takes longer than the
 * product of both lengths; an expression would try them all.
 */
function matches(name: string, parts: readonly SegmentPart[]): boolean {
  const characters = [...name];
  let part = 0;
  let run: { readonly part: number; readonly at: number } | undefined;
  for (let at = 0; at < characters.length; ) {
    const wanted = parts[part];
    if (wanted === 'any-run') {
      part += 1;
      run = { part, at };
    } else if (wanted === 'any-one' || wanted?.(characters[at] ?? '') === true) {
      part += 1;
      at += 1;
    } else if (run !== undefined) {
      run = { part: run.part, at: run.at + 1 };
      ({ part, at } = run);
    } else return false;
  }
  return parts.slice(part).every((left) => left === 'any-run');
}
