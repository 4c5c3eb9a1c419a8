// What lies beside a stored bundle's files: the list of them. It is written before the bundle gets its name, so that a
// bundle that can be seen has one; and it tells whether the files are still what was unpacked.

import { lstat, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '../../../bridge/is-object.js';
import { systemErrorCode } from '../../../bridge/path-error.js';
import type { BundleFile } from './bundle-writer.js';
import { writeAll } from './own-files.js';

const NAME = 'manifest.json';
const FORMAT = 1;

/** What is known of a stored bundle. */
export interface BundleManifest {
  readonly files: readonly BundleFile[];
  /** Of all files together. */
  readonly unpackedBytes: number;
  /** What the folder's account was charged for it. */
  readonly chargedBytes: number;
  readonly storedAt: Date;
}

/** Writes the manifest into a bundle's folder, and to the disk. */
export async function writeManifest(folder: string, manifest: BundleManifest): Promise<void> {
  const text = JSON.stringify({ format: FORMAT, ...manifest, storedAt: manifest.storedAt.toISOString() });
  const file = await open(join(folder, NAME), 'wx', 0o600);
  try {
    await writeAll(file, Buffer.from(text));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The manifest of a bundle's folder; undefined when there is none that can be used. */
export async function readManifest(folder: string): Promise<BundleManifest | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(join(folder, NAME), 'utf8'));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || isAbsent(thrown)) return undefined;
    throw thrown;
  }
  if (!isObject(value) || value['format'] !== FORMAT || !Array.isArray(value['files'])) return undefined;
  const { unpackedBytes, chargedBytes, storedAt: storedText } = value;
  const files = value['files'].filter(isFile);
  const storedAt = new Date(String(storedText));
  const sound =
    files.length === value['files'].length &&
    isCount(unpackedBytes) &&
    isCount(chargedBytes) &&
    !Number.isNaN(storedAt.getTime());
  return sound ? { files, unpackedBytes, chargedBytes, storedAt } : undefined;
}

/**
 * The first file that is no longer there with its size, as after a loss of power: files are not forced to the disk one
 * by one, which would take longer than all the rest.
 *
 * @param folder of the files
 */
export async function missingFile(folder: string, files: readonly BundleFile[]): Promise<string | undefined> {
  for (const { path, bytes } of files) {
    try {
      const status = await lstat(join(folder, ...path.split('/')));
      if (!status.isFile() || status.size !== bytes) return path;
    } catch (thrown) {
      if (isAbsent(thrown)) return path;
      throw thrown;
    }
  }
  return undefined;
}

function isAbsent(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemErrorCode(thrown) ?? '');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isFile(value: unknown): value is BundleFile {
  return isObject(value) && typeof value['path'] === 'string' && isCount(value['bytes']);
}
