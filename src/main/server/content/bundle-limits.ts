// How much a bundle may be: the limits, their defaults, and what is said when one is passed.

import { SandpoolError } from '../../../bridge/errors.js';

/** What one archive may hold and cost; every number a positive integer. */
export interface BundleLimits {
  /** Of all files together. @default 1 GiB */
  readonly unpackedBytes: number;
  /** Of one file. @default 256 MiB */
  readonly fileBytes: number;
  /** Files and directories, those that are only implied by a path included. @default 10,000 */
  readonly entries: number;
  /** Names in one path. @default 32 */
  readonly depth: number;
  /** Of one path, in UTF-8. @default 1,024 */
  readonly pathBytes: number;
  /** How many bytes may come out for one that goes in, once `compressionFreeBytes` have come out. @default 200 */
  readonly compressionRatio: number;
  /** So many bytes may come out whatever the ratio, since small files of zeros are no attack. @default 4 MiB */
  readonly compressionFreeBytes: number;
  /** For unpacking, in milliseconds. @default 120,000 */
  readonly timeMs: number;
}

const MEBIBYTE = 1024 * 1024;

/** What holds for a limit that is not given. */
export const DEFAULT_BUNDLE_LIMITS: BundleLimits = Object.freeze({
  unpackedBytes: 1024 * MEBIBYTE,
  fileBytes: 256 * MEBIBYTE,
  entries: 10_000,
  depth: 32,
  pathBytes: 1024,
  compressionRatio: 200,
  compressionFreeBytes: 4 * MEBIBYTE,
  timeMs: 120_000,
});

/**
 * The limits with the defaults filled in.
 *
 * @throws SandpoolError `INVALID_OPTION`
 */
export function resolveBundleLimits(limits: Partial<BundleLimits> = {}): BundleLimits {
  const resolved = { ...DEFAULT_BUNDLE_LIMITS };
  for (const option of Object.keys(DEFAULT_BUNDLE_LIMITS) as (keyof BundleLimits)[]) {
    const value = Object.hasOwn(limits, option) ? limits[option] : undefined;
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new SandpoolError('INVALID_OPTION', {
        option,
        bound: 'a whole number from 1',
        value: String(value),
      });
    }
    resolved[option] = value;
  }
  return resolved;
}

const PROBLEMS: Readonly<Record<keyof BundleLimits, string>> = {
  unpackedBytes: 'its files have more than {limit} bytes together',
  fileBytes: '{entry} has more than {limit} bytes',
  entries: 'it has more than {limit} files and directories',
  depth: '{entry} lies more than {limit} names deep',
  pathBytes: 'the path of {entry} has more than {limit} bytes',
  compressionRatio: 'it unpacks to more than {limit} times its size',
  compressionFreeBytes: 'it unpacks to more than {limit} bytes',
  timeMs: 'unpacking it took longer than {limit} ms',
};

/**
 * The error for a limit that is passed.
 *
 * @param entry as {@link shownEntry} gives it
 */
export function overLimit(
  setting: keyof BundleLimits,
  limits: BundleLimits,
  entry = 'an entry',
): SandpoolError {
  const limit = limits[setting];
  const reason = PROBLEMS[setting].replace('{limit}', String(limit)).replace('{entry}', () => entry);
  return new SandpoolError('BUNDLE_LIMIT_EXCEEDED', { reason, setting, limit });
}
