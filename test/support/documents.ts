// The documents of the project, and what stands in them: blocks of code with the marks that say what a test does
// with them, links, and words in code.
//
// A mark is a comment on the line before a block:
//
//   run                          a script of the document's folder, which must exit with 0
//   run: exits 3                 … with 3
//   run: until TEXT              … goes on in the background; what follows waits for TEXT in what it prints
//   run: with clang              … and is left out, with what is printed after it, where that program is missing
//   write: NAME                  a file of the document's folder
//   prints                       what the script before it prints, line by line; … stands for anything
//   not run: REASON

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A document's text, and its path from the repository's folder. */
export interface Document {
  readonly path: string;
  readonly text: string;
}

/** A fenced block. */
export interface Block {
  /** Where its fence stands: `README.md:12`. */
  readonly place: string;
  readonly language: string;
  readonly mark: Mark | undefined;
  readonly code: string;
}

/** What a test does with a block. */
export type Mark =
  | { readonly kind: 'run'; readonly exits: number; readonly until?: string; readonly with?: string }
  | { readonly kind: 'write'; readonly name: string }
  | { readonly kind: 'prints' }
  | { readonly kind: 'not run'; readonly reason: string };

/** Every document that speaks to users. */
export function readDocuments(): Document[] {
  const inFolder = (folder: string): string[] =>
    readdirSync(`${ROOT}${folder}`)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`);
  return [...inFolder(''), ...inFolder('docs/'), 'bench/RESULTS.md'].map((path) => ({
    path,
    text: readFileSync(`${ROOT}${path}`, 'utf8'),
  }));
}

/** The blocks of a document, in order. Throws on a mark that means nothing. */
export function blocksOf({ path, text }: Document): Block[] {
  const blocks: Block[] = [];
  const fence = /^(?:<!-- (.*?) -->\n)?```(.*)\n([\s\S]*?)^```$/gm;
  for (const found of text.matchAll(fence)) {
    const [whole, mark, language = '', code = ''] = found;
    const line = text.slice(0, found.index + whole.indexOf('```')).split('\n').length;
    const place = `${path}:${line}`;
    blocks.push({ place, language, code, mark: mark === undefined ? undefined : parseMark(mark, place) });
  }
  return blocks;
}

function parseMark(text: string, place: string): Mark {
  const [, kind = '', value = ''] = /^([a-z ]+?)(?:: (.+))?$/.exec(text) ?? [];
  if (kind === 'run') return { kind, ...runOptions(value, place) };
  if (kind === 'write' && value !== '') return { kind, name: value };
  if (kind === 'prints') return { kind };
  if (kind === 'not run' && value !== '') return { kind, reason: value };
  throw new Error(`${place}: the mark ${text} means nothing`);
}

function runOptions(value: string, place: string): { exits: number; until?: string; with?: string } {
  if (value === '') return { exits: 0 };
  const [, word, rest = ''] = /^(exits|until|with) (.+)$/.exec(value) ?? [];
  if (word === 'exits' && /^\d+$/.test(rest)) return { exits: Number(rest) };
  if (word === 'until') return { exits: 0, until: rest };
  if (word === 'with') return { exits: 0, with: rest };
  throw new Error(`${place}: a block cannot be run ${value}`);
}

/** The text outside blocks. */
export function proseOf({ text }: Document): string {
  return text.replace(/^```.*\n[\s\S]*?^```$/gm, '');
}

/** What stands in backquotes outside blocks. */
export function codeWordsOf(document: Document): string[] {
  return [...proseOf(document).matchAll(/`([^`\n]+)`/g)].map(([, words]) => words ?? '');
}

/** The anchors that headings of a document have. */
export function anchorsOf(document: Document): Set<string> {
  const headings = [...proseOf(document).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '');
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
