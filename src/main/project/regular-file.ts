// Files that somebody else may have made: whole and bounded. A pipe is not waited for, and a device not read for ever;
// either would hold a thread that nothing can end.

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** The most bytes of a manifest: a hundred thousand canisters fit. */
export const LARGEST_MANIFEST_BYTES = 16 * 1024 * 1024;

/** What is at a path is not read, for what it is. */
export class UnsuitableFile extends Error {}

/**
 * The content of the file at `path`.
 * @throws UnsuitableFile when it is no regular file, or a larger one; errors of the system as they are
 */
export function readRegularFile(path: string, maximumBytes: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
  try {
    const status = fstatSync(file);
    // That it is a folder is told by reading it.
    if (!status.isFile() && !status.isDirectory()) throw new UnsuitableFile('it is not a regular file');
    if (status.size > maximumBytes) throw new UnsuitableFile(`it has more than ${maximumBytes} bytes`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
