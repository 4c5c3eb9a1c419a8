// Files and folders of the service's own: made for its user alone, made durable, and cleared of what a crash left.

import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SandpoolError } from '../../../bridge/errors.js';
import { systemErrorCode } from '../../../bridge/path-error.js';
import { ensureOwnFolder } from '../../component/cache/cache-folder.js';

/** What is not whole yet, or no longer wanted: nothing with this ending outlives a start. */
const UNFINISHED = '.part';

/** A new name in `folder` for what is not finished; `finished` tells what it is to become. */
export function unfinishedPath(folder: string, finished = ''): string {
  return join(folder, `${basename(finished)}.${randomUUID()}${UNFINISHED}`);
}

/**
 * Makes the folder for this user alone, and removes what a crash left half-written in it.
 *
 * @returns the names of what is in it, in no order
 * @throws SandpoolError `STORAGE_FAILED`
 */
export async function openFolder(folder: string): Promise<string[]> {
  return storing(folder, async () => {
    if (!ensureOwnFolder(folder)) {
      const reason = 'it is not a folder that belongs to this user and that nobody else may write to';
      throw new SandpoolError('STORAGE_FAILED', { folder, reason });
    }
    const names = await readdir(folder);
    for (const name of names.filter((one) => one.endsWith(UNFINISHED))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
    return names.filter((name) => !name.endsWith(UNFINISHED));
  });
}

/** Makes a rename in the folder last. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and makes renames last by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all of `bytes` at the file's present place. */
export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written);
    written += bytesWritten;
  }
}

/**
 * Does something with files below `folder`; what the system has against it becomes one of our errors.
 *
 * @throws SandpoolError `STORAGE_FULL`, `STORAGE_FAILED`, and whatever `work` throws of its own
 */
export async function storing<Value>(folder: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (thrown) {
    throw storageError(folder, thrown);
  }
}

function storageError(folder: string, thrown: unknown): unknown {
  const code = systemErrorCode(thrown);
  if (thrown instanceof SandpoolError || code === undefined) return thrown;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SandpoolError('STORAGE_FULL', { folder, reason: 'the disk is full' }, { cause: thrown });
  }
  return new SandpoolError('STORAGE_FAILED', { folder, reason: code }, { cause: thrown });
}
