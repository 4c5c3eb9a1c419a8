// The JSON files that icp-cli keeps about identities: read, with a place for every complaint. Keys that are not known
// are passed over, as icp-cli does: a later version may have written them.

import { readFile } from 'node:fs/promises';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { invalid, type ManifestValue, parseManifest } from '../project/manifest-document.js';
import { quoted } from '../project/shown-text.js';
import { jsonMistake } from './json-mistake.js';

const SUPPORTED_VERSION = '1';

/**
 * Reads the file at `path`.
 *
 * @returns undefined when there is no such file
 * @throws MANIFEST_UNREADABLE; MANIFEST_INVALID when it is not JSON
 */
export async function readStoreFile(path: string): Promise<ManifestValue | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? describe(error);
    if (code === 'ENOENT') return undefined;
    throw new SandpoolError('MANIFEST_UNREADABLE', { file: path, reason: code }, { cause: error });
  }
  const mistake = jsonMistake(text);
  if (mistake !== undefined)
    throw invalid({ file: path, ...placeOf(text, mistake) }, 'this is not valid JSON');
  return parseManifest(text, path);
}

/**
 * The members of an object.
 *
 * @throws MANIFEST_INVALID when it is none
 */
export function members(value: ManifestValue): ReadonlyMap<string, ManifestValue> {
  return new Map(value.entries().map(([key, member]) => [key.scalarKey(), member]));
}

/**
 * A member that has to be there.
 *
 * @throws MANIFEST_INVALID
 */
export function member(value: ManifestValue, key: string): ManifestValue {
  const found = members(value).get(key);
  if (found === undefined) throw value.problem(`${quoted(key)} is missing`);
  return found;
}

/**
 * Checks that a file is of the version that is read here.
 *
 * @throws MANIFEST_INVALID
 */
export function checkVersion(file: ManifestValue): void {
  const version = member(file, 'v');
  const found = version.scalarText();
  if (found === SUPPORTED_VERSION) return;
  throw version.problem(
    `the file is of version ${quoted(found)}, from another version of icp-cli; sandpool reads version ${SUPPORTED_VERSION}`,
  );
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
