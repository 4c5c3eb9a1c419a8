// A bundle as it is sent: a tar that is the same to the byte whenever the same directories and files are in it, so that
// a service that has it already need not be sent it again. Files are read as they are needed, a piece at a time.

import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import { openGrantedFile } from '../../bridge/directory-walk.js';
import { SandpoolError } from '../../bridge/errors.js';
import type { Place } from '../../bridge/place.js';
import { printable } from '../project/shown-text.js';
import type { DeclaredEntry } from './declared-entries.js';

const PIECE_BYTES = 256 * 1024;
/** What is the same for all entries, whoever they belong to here. */
const COMMON = { mtime: new Date(0), uid: 0, gid: 0 } as const;

type Archive = ReturnType<typeof pack>;

/**
 * The bytes of a tar of `entries`.
 *
 * @throws SandpoolError FILE_NOT_FOUND, FILE_UNREADABLE, PATH_THROUGH_LINK when a file is no longer what it was
 */
export async function* bundleArchive(
  entries: readonly DeclaredEntry[],
): AsyncGenerator<Uint8Array, void, void> {
  const archive = pack();
  const stopped = new Promise<never>((_, reject) => {
    archive.once('close', () => reject(new SandpoolError('CANCELLED')));
  });
  // It is closed at its end too, when nobody waits any more.
  stopped.catch(() => undefined);
  const filling = fill(archive, entries, stopped).catch((thrown: unknown) => {
    archive.destroy(SandpoolError.from(thrown));
  });
  try {
    for await (const piece of archive) yield piece;
  } finally {
    archive.destroy();
    await filling;
  }
}

/** @returns the sha256 of the tar, in lower-case hex, and its size */
export async function bundleHash(
  entries: readonly DeclaredEntry[],
): Promise<{ readonly sha256: string; readonly sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const piece of bundleArchive(entries)) {
    hash.update(piece);
    sizeBytes += piece.byteLength;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** @param stopped rejects when nobody takes what is put in any more */
async function fill(
  archive: Archive,
  entries: readonly DeclaredEntry[],
  stopped: Promise<never>,
): Promise<void> {
  for (const { path, kind, root, within } of entries) {
    if (kind === 'directory') await addEntry(archive, `${path}/`, undefined, stopped);
    else {
      const place = openGrantedFile(root, within);
      try {
        await addEntry(archive, path, place, stopped);
      } finally {
        place.release();
      }
    }
  }
  archive.finalize();
}

/** @param place of a file; a directory has none */
async function addEntry(
  archive: Archive,
  name: string,
  place: Place | undefined,
  stopped: Promise<never>,
): Promise<void> {
  const size = place === undefined ? 0 : Number(place.stats.size);
  const form =
    place === undefined
      ? ({ type: 'directory', mode: 0o755 } as const)
      : ({ type: 'file', mode: 0o644 } as const);
  const [entry, written] = begun(archive, { name, size, ...form, ...COMMON });
  if (place !== undefined) {
    for await (const piece of pieces(place, size, name)) {
      if (entry.write(piece)) continue;
      await Promise.race([new Promise((resolve) => entry.once('drain', resolve)), stopped]);
    }
    entry.end();
  }
  await Promise.race([written, stopped]);
}

type Entry = ReturnType<Archive['entry']>;

/** @returns where its content goes, and when it is written */
function begun(archive: Archive, header: Parameters<Archive['entry']>[0]): [Entry, Promise<void>] {
  let entry: Entry | undefined;
  const written = new Promise<void>((resolve, reject) => {
    entry = archive.entry(header, (error) => (error ? reject(error) : resolve()));
  });
  // Both it and the writing of the content may fail, of one cause.
  written.catch(() => undefined);
  return [entry as Entry, written];
}

const readPiece = promisify(read);

async function* pieces({ fd }: Place, size: number, name: string): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - at));
    const { bytesRead } = await readPiece(fd, buffer, 0, buffer.length, at);
    if (bytesRead === 0) {
      throw new SandpoolError('FILE_UNREADABLE', {
        path: printable(name),
        reason: 'it became shorter meanwhile',
      });
    }
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
