// Unpacks one archive into a new folder: all of it, or nothing. The kind of archive is told by its first bytes.

import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SandpoolError } from '../../../bridge/errors.js';
import { systemErrorCode } from '../../../bridge/path-error.js';
import { type ArchiveFile, ByteReader, fileRange, readAt } from './archive-bytes.js';
import { type BundleLimits, resolveBundleLimits } from './bundle-limits.js';
import { refused } from './bundle-refusal.js';
import { type BundleFile, BundleWriter } from './bundle-writer.js';
import { gunzipped } from './gzip.js';
import { storing, unfinishedPath } from './own-files.js';
import { unpackTar } from './tar.js';
import { BLOCK_BYTES, isTarHeader, isZeroBlock } from './tar-header.js';
import { UnpackBudget, type UnpackControl } from './unpack-budget.js';
import { unpackZip } from './zip.js';

/** A zip begins with its first entry, or with its end if it has none. */
const ZIP_STARTS = ['PK\x03\x04', 'PK\x05\x06'];

/** What was unpacked. */
export interface UnpackedBundle {
  /** Every file, in the archive's order. */
  readonly files: readonly BundleFile[];
  /** Of all files together. */
  readonly unpackedBytes: number;
}

/**
 * Unpacks a tar, a tar in gzip or a zip into `targetFolder`, which must not exist; its parent must. Files get the mode
 * 0600 and directories 0700. Until everything is unpacked it lies in a folder beside the target, whose name ends in
 * `.part`; of an archive that is refused nothing stays.
 *
 * @throws SandpoolError `BUNDLE_REFUSED`, `BUNDLE_LIMIT_EXCEEDED`, `BUNDLE_FORMAT_UNKNOWN`, `UPLOAD_CANCELLED`,
 * `STORAGE_FULL`, `STORAGE_FAILED`, `INVALID_OPTION`
 */
export async function unpackBundle(
  archiveFile: string,
  targetFolder: string,
  limits: Partial<BundleLimits> = {},
  control: UnpackControl = {},
): Promise<UnpackedBundle> {
  const budget = new UnpackBudget(resolveBundleLimits(limits), control);
  budget.check();
  const parent = dirname(targetFolder);
  await storing(parent, () => refuseExisting(targetFolder));
  // Windows knows neither flag.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await storing(dirname(archiveFile), () => open(archiveFile, flags));
  const staging = unfinishedPath(parent, targetFolder);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new SandpoolError('BUNDLE_FORMAT_UNKNOWN', { reason: 'it is not a file' });
    await storing(parent, () => mkdir(staging, { mode: 0o700 }));
    const writer = new BundleWriter(staging, budget);
    await storing(dirname(archiveFile), () => unpack({ handle, bytes: status.size }, writer, budget));
    budget.check();
    await storing(parent, () => rename(staging, targetFolder));
    return { files: writer.files, unpackedBytes: budget.unpackedBytes };
  } catch (thrown) {
    // What cannot be removed now goes at the next start; why the bundle failed is what matters here.
    await rm(staging, { recursive: true, force: true }).catch(() => undefined);
    throw thrown;
  } finally {
    await handle.close();
  }
}

/** A rename would take the place of an empty folder, or of a file. */
async function refuseExisting(folder: string): Promise<void> {
  try {
    await lstat(folder);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return;
    throw thrown;
  }
  throw new SandpoolError('STORAGE_FAILED', { folder, reason: 'it is there already' });
}

async function unpack(archive: ArchiveFile, writer: BundleWriter, budget: UnpackBudget): Promise<void> {
  const start = await readAt(archive, 0, Math.min(BLOCK_BYTES, archive.bytes), budget);
  if (start[0] === 0x1f && start[1] === 0x8b) {
    await unpackTar(tarInside(gunzipped(archive, budget)), writer, budget);
  } else if (ZIP_STARTS.includes(start.toString('latin1', 0, 4))) {
    await unpackZip(archive, writer, budget);
  } else if (isTarStart(start)) {
    await unpackTar(fileRange(archive, 0, archive.bytes, budget), writer, budget);
  } else {
    const reason = archive.bytes === 0 ? 'it is empty' : 'its first bytes are those of something else';
    throw new SandpoolError('BUNDLE_FORMAT_UNKNOWN', { reason });
  }
}

/** An archive of nothing begins with its end. */
function isTarStart(block: Buffer): boolean {
  return isTarHeader(block) || (block.length === BLOCK_BYTES && isZeroBlock(block));
}

/** The chunks again, once their first block is known to be one of a tar: not a second gzip, nor anything else. */
async function* tarInside(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(chunks);
  try {
    const block = await reader.upTo(BLOCK_BYTES);
    if (!isTarStart(block)) throw refused('not-a-tar-inside');
    yield block;
    yield* reader.rest();
  } finally {
    await reader.close();
  }
}
