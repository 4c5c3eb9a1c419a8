// One YAML (or JSON) file of a project, parsed, with the place of everything in it: what makes every complaint
// carry a file, a line and a column. What the keys mean is for the readers beside this file.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
} from 'yaml';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { readPlainScalar } from './plain-scalar.js';
import { LARGEST_MANIFEST_BYTES, readRegularFile } from './regular-file.js';
import { listed, printable, quoted, suggestion } from './shown-text.js';
import { decodeUtf8 } from './utf8-text.js';

/** A place in a file of the project. */
export interface SourcePosition {
  /** As shown: relative to the project's folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

type ValueKind = 'nothing' | 'a boolean' | 'a number' | 'text' | 'a list' | 'a map';

/**
 * Reads the file at `path` and parses it.
 * @param shownPath what to call it in messages
 * @param warnings where to put what is odd and no error
 * @throws SandpoolError MANIFEST_INVALID when it is not UTF-8 or not well-formed; MANIFEST_UNREADABLE
 */
export async function readManifest(
  path: string,
  shownPath: string,
  warnings: string[] = [],
): Promise<ManifestValue> {
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(path, LARGEST_MANIFEST_BYTES);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? describe(error);
    throw new SandpoolError('MANIFEST_UNREADABLE', { file: shownPath, reason }, { cause: error });
  }
  const text = decodeUtf8(bytes, (place) =>
    invalid({ file: shownPath, ...place }, 'the file is not UTF-8 text'),
  );
  return parseManifest(text, shownPath, warnings);
}

/**
 * Parses the text of a manifest. An empty one counts as an empty map.
 * @param warnings where to put what is odd and no error
 * @throws SandpoolError MANIFEST_INVALID
 */
export function parseManifest(text: string, file: string, warnings: string[] = []): ManifestValue {
  const lines = new LineCounter();
  // With `failsafe` every scalar stays as written; what it means is decided in plain-scalar.ts.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false });
  const source = { file, text, lines, document, warnings };
  const [error] = document.errors;
  if (error !== undefined) {
    throw invalid(placeOf(source, error.pos[0]), syntaxProblem(error.code, error.message));
  }
  return new ManifestValue(source, document.contents, 'the file', 0);
}

/** `value` when something is written there: an optional key left empty is the same as one left out. */
export function given(value: ManifestValue | undefined): ManifestValue | undefined {
  return value === undefined || value.absent ? undefined : value;
}

/** A `MANIFEST_INVALID` at a place. */
export function invalid({ file, line, column }: SourcePosition, problem: string): SandpoolError {
  return new SandpoolError('MANIFEST_INVALID', { file, line, column, problem });
}

interface ManifestSource {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
  readonly document: Document.Parsed;
  readonly warnings: string[];
}

/** A value in a manifest. The methods that read it throw `MANIFEST_INVALID` when it is something else. */
export class ManifestValue {
  readonly #source: ManifestSource;
  readonly #node: Node | undefined;
  readonly #offset: number;
  /** What to call it in messages, such as `sha256`. */
  readonly label: string;

  constructor(source: ManifestSource, node: unknown, label: string, offset: number) {
    this.#source = source;
    this.label = label;
    this.#offset = (node as Node | null)?.range?.[0] ?? offset;
    this.#node = isAlias(node) ? node.resolve(source.document) : ((node as Node | null) ?? undefined);
    if (isAlias(node) && this.#node === undefined) {
      throw this.problem(`there is no anchor ${quoted(`&${node.source}`)} for ${quoted(`*${node.source}`)}`);
    }
  }

  get position(): SourcePosition {
    return placeOf(this.#source, this.#offset);
  }

  /** Whether nothing is written here: an empty value, `~` or `null`. */
  get absent(): boolean {
    return this.#kind() === 'nothing';
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  /** A `MANIFEST_INVALID` at this value. */
  problem(problem: string): SandpoolError {
    return invalid(this.position, problem);
  }

  /** What is written here, as YAML: for what has rules of its own. */
  as<Result>(reader: (node: Node | undefined, document: Document.Parsed) => Result): Result {
    return reader(this.#node, this.#source.document);
  }

  /** Text: quoted, or unquoted and not a number, a boolean or nothing. */
  text(): string {
    const scalar = this.#scalar();
    if (scalar?.kind !== 'string') throw this.#not('text');
    return scalar.text;
  }

  /** Text that says something. */
  filledText(): string {
    const text = this.text();
    if (text === '') throw this.problem(`${this.#shownLabel} must not be empty`);
    if (text.includes('\0')) throw this.problem(`${this.#shownLabel} must not contain a NUL character`);
    return text;
  }

  /** Text, a number or a boolean, as text. */
  scalarText(): string {
    const scalar = this.#scalar();
    if (scalar === undefined || scalar.kind === 'null') throw this.#not('text, a number or a boolean');
    return scalar.text;
  }

  /** One of `choices`. */
  choice<Choice extends string>(choices: readonly Choice[]): Choice {
    const text = this.text();
    const chosen = choices.find((choice) => choice === text);
    if (chosen !== undefined) return chosen;
    throw this.problem(
      `${this.#shownLabel} must be one of ${listed(choices)}, but is ${quoted(text)}${suggestion(text, choices)}`,
    );
  }

  /** The items of a list. */
  list(): ManifestValue[] {
    if (!isSeq(this.#node)) throw this.#not('a list');
    return this.#node.items.map((item) => new ManifestValue(this.#source, item, this.label, this.#offset));
  }

  /** The entries of a map whose keys the user chose, in the order written. */
  entries(): (readonly [key: ManifestValue, value: ManifestValue])[] {
    if (!isMap(this.#node)) throw this.#not('a map');
    return this.#node.items.map(({ key, value }) => {
      const name = new ManifestValue(this.#source, key, 'a key', this.#offset);
      const label = name.#scalar() === undefined ? 'the value' : name.scalarKey();
      return [name, new ManifestValue(this.#source, value, label, name.#offset)] as const;
    });
  }

  /**
   * A map with the keys in `known`.
   * @param owner what the map is, for messages: `a canister`
   * @param others whether further keys are an error, or are left out with a warning
   */
  record<Key extends string>(
    owner: string,
    known: readonly Key[],
    others: 'refuse' | 'ignore' = 'refuse',
  ): Partial<Record<Key, ManifestValue>> {
    if (!isMap(this.#node))
      throw this.problem(`${owner} must be a map with ${listed(known)}, but is ${this.#shown()}`);
    const record: Partial<Record<Key, ManifestValue>> = Object.create(null);
    for (const [name, value] of this.entries()) {
      const text = name.scalarKey();
      const key = known.find((candidate) => candidate === text);
      if (key === undefined) {
        const problem = name.problem(
          `${owner} has no key ${quoted(text)}${suggestion(text, known)}; it has ${listed(known)}`,
        );
        if (others === 'refuse') throw problem;
        this.#source.warnings.push(`${problem.message}: it is left out`);
        continue;
      }
      record[key] = value;
    }
    return record;
  }

  /** The text of a key. */
  scalarKey(): string {
    const scalar = this.#scalar();
    if (scalar?.kind === 'string') return scalar.text;
    if (scalar === undefined || scalar.kind === 'null') throw this.problem('a key must be text');
    throw this.problem(`the key ${quoted(scalar.text)} must be text: put it in quotes`);
  }

  get #shownLabel(): string {
    return this.label.includes(' ') ? this.label : quoted(this.label);
  }

  #scalar(): ReturnType<typeof readPlainScalar> | undefined {
    const node = this.#node;
    if (node === undefined) return { kind: 'null' };
    if (!isScalar(node)) return undefined;
    if (node.tag !== undefined && node.tag !== 'tag:yaml.org,2002:str') {
      throw this.problem(`the tag ${quoted(node.tag)} is not understood here`);
    }
    const text = typeof node.value === 'string' ? node.value : '';
    return node.type === Scalar.PLAIN && node.tag === undefined
      ? readPlainScalar(text)
      : { kind: 'string', text };
  }

  #kind(): ValueKind {
    if (isMap(this.#node)) return 'a map';
    if (isSeq(this.#node)) return 'a list';
    const kind = this.#scalar()?.kind;
    if (kind === 'boolean') return 'a boolean';
    if (kind === 'number') return 'a number';
    return kind === 'string' ? 'text' : 'nothing';
  }

  #not(wanted: string): SandpoolError {
    const hint =
      wanted === 'text' && this.#kind() !== 'a map' && this.#kind() !== 'a list' ? ': put it in quotes' : '';
    return this.problem(
      `${this.#shownLabel} must be ${wanted}, but is ${this.#shown()}${this.absent ? '' : hint}`,
    );
  }

  #shown(): string {
    const kind = this.#kind();
    if (kind === 'nothing') return 'empty';
    if (kind === 'a map' || kind === 'a list') return kind;
    const scalar = this.#scalar();
    return `the ${kind.replace(/^an? /, '')} ${quoted(scalar !== undefined && 'text' in scalar ? scalar.text : '')}`;
  }
}

function placeOf({ file, lines }: ManifestSource, offset: number): SourcePosition {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used for indentation: YAML takes spaces only',
  DUPLICATE_KEY: 'this key occurs twice in one map',
  MULTIPLE_DOCS: 'a second YAML document begins here: the file is to be one document',
};

/** What is wrong with a file that the parser does not take. */
export function syntaxProblem(code: string, message: string): string {
  return SYNTAX[code] ?? `this is not valid YAML: ${printable(message)}`;
}
