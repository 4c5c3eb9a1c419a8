// The configuration as it is written: its values, and the place of each, which every complaint carries.

import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml';
import { describe, SandpoolError } from '../../../bridge/errors.js';
import { type SourcePosition, syntaxProblem } from '../../project/manifest-document.js';
import { LARGEST_MANIFEST_BYTES, readRegularFile } from '../../project/regular-file.js';
import { printable, quoted } from '../../project/shown-text.js';
import { decodeUtf8 } from '../../project/utf8-text.js';

/** The keys and numbers that lead to a value. */
export type ValuePath = readonly (string | number)[];

/** A configuration that is YAML, whatever it says. */
export class ConfigurationDocument {
  /** As shown. */
  readonly file: string;
  /** What it says, as plain values. An empty file says nothing. */
  readonly value: unknown;
  readonly #lines: LineCounter;
  readonly #root: Node | null;
  readonly #anchors: (node: unknown) => unknown;

  /** @throws CONFIG_INVALID when it is not well-formed */
  constructor(text: string, file: string) {
    const lines = new LineCounter();
    const document = parseDocument(text, { version: '1.2', lineCounter: lines, prettyErrors: false });
    this.file = file;
    this.#lines = lines;
    this.#root = document.contents;
    this.#anchors = (node) => (isAlias(node) ? node.resolve(document) : node);
    const [error] = [...document.errors, ...document.warnings];
    if (error !== undefined) throw this.#invalid(error.pos[0], syntaxProblem(error.code, error.message));
    visit(document, {
      Alias: (_, alias) => {
        if (alias.resolve(document) !== undefined) return;
        throw this.#invalid(
          startOf(alias) ?? 0,
          `there is no anchor ${quoted(`&${alias.source}`)} before this`,
        );
      },
    });
    try {
      this.value = document.toJS() ?? {};
    } catch (cause) {
      // So many aliases of aliases that they would fill the memory.
      throw this.#invalid(0, printable(describe(cause)));
    }
  }

  /** The place of the value at `path`; when it is not there, that of the nearest around it. */
  positionOf(path: ValuePath): SourcePosition {
    return this.#position(this.#find(path).valueOffset);
  }

  /** A `CONFIG_INVALID` at the value at `path`. */
  problem(path: ValuePath, reason: string): SandpoolError {
    return this.#invalid(this.#find(path).valueOffset, reason);
  }

  /** A `CONFIG_INVALID` at the key that ends `path`. */
  problemAtKey(path: ValuePath, reason: string): SandpoolError {
    return this.#invalid(this.#find(path).keyOffset, reason);
  }

  #find(path: ValuePath): { readonly keyOffset: number; readonly valueOffset: number } {
    let node: unknown = this.#root;
    let keyOffset = startOf(node) ?? 0;
    let valueOffset = keyOffset;
    for (const step of path) {
      const around = this.#anchors(node);
      if (isMap(around)) {
        const pair = around.items.find(({ key }) => textOf(this.#anchors(key)) === String(step));
        if (pair === undefined) break;
        keyOffset = startOf(pair.key) ?? valueOffset;
        node = pair.value;
      } else if (isSeq(around)) {
        node = around.items[Number(step)];
        keyOffset = startOf(node) ?? valueOffset;
      } else break;
      valueOffset = startOf(node) ?? keyOffset;
    }
    return { keyOffset, valueOffset };
  }

  #invalid(offset: number, reason: string): SandpoolError {
    const { file, line, column } = this.#position(offset);
    return new SandpoolError('CONFIG_INVALID', { file, line, column, reason });
  }

  #position(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
}

/**
 * Reads and parses the file at `path`.
 * @param shownFile what to call it in messages
 * @throws SandpoolError CONFIG_UNREADABLE, CONFIG_INVALID
 */
export function readDocument(path: string, shownFile: string): ConfigurationDocument {
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(path, LARGEST_MANIFEST_BYTES);
  } catch (error) {
    throw new SandpoolError(
      'CONFIG_UNREADABLE',
      { file: shownFile, reason: whyNot(error) },
      { cause: error },
    );
  }
  const text = decodeUtf8(bytes, (place) => {
    const reason = 'the file is not UTF-8 text';
    return new SandpoolError('CONFIG_INVALID', { file: shownFile, ...place, reason });
  });
  return new ConfigurationDocument(text, shownFile);
}

function whyNot(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'there is no such file';
  return code ?? describe(error);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function textOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}
