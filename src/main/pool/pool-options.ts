// The options of a pool: their defaults, and the check of what a caller sets.

import { totalmem } from 'node:os';
import { type RunLimits, resolveLimits } from './limits.js';
import { optionError } from './option-error.js';
import { ownProperties } from './own-properties.js';

/** How a pool is set up. */
export interface PoolOptions {
  /**
   * Threads kept ready, at least 1.
   * @default 1
   */
  readonly minThreads?: number;
  /**
   * Runs at once, each on a thread of its own. Most of them wait for the network most of the time, so this
   * is many more than there are cores.
   * @default 128, less on machines with under 8 GiB
   */
  readonly maxThreads?: number;
  /**
   * How long an idle thread above the minimum is kept, in milliseconds.
   * @default 10_000
   */
  readonly idleThreadMs?: number;
  /** Limits of every run that does not set its own. */
  readonly limits?: Partial<RunLimits>;
  /**
   * Resident memory of the whole process, in bytes, over which the run with the largest linear memory is ended.
   * @default 75% of what the machine, or the process's cgroup, has
   */
  readonly processMemoryBytes?: number;
  /**
   * A folder in which translations of plugins, and what the engine compiles of scripts, are kept for later processes;
   * `defaultCacheFolder()` is the user's own.
   * @default none: nothing is kept on disk
   */
  readonly cacheFolder?: string;
  /** Told how every run ended (debug), and of threads that were lost (warn) or would not end (error). */
  readonly logger?: PoolLogger;
}

/** What the pool needs of a logger; one of pino will do. */
export interface PoolLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** {@link PoolOptions} with every default filled in. */
export interface ResolvedPoolOptions {
  readonly minThreads: number;
  readonly maxThreads: number;
  readonly idleThreadMs: number;
  readonly limits: RunLimits;
  readonly processMemoryBytes: number;
  readonly cacheFolder: string | undefined;
  readonly logger: PoolLogger | undefined;
}

const MEMORY_PER_THREAD_BYTES = 64 * 1024 * 1024;
const MOST_THREADS_BY_DEFAULT = 128;
const MOST_THREADS = 1000;
const PROCESS_MEMORY_SHARE = 0.75;
/** Less than this the process needs for itself. */
const SMALLEST_PROCESS_BYTES = 256 * 1024 * 1024;

/**
 * Checks what is given and fills in the defaults.
 * @throws SandpoolError INVALID_OPTION
 */
export function resolvePoolOptions(given: PoolOptions = {}): ResolvedPoolOptions {
  const options = ownProperties(given);
  const minThreads = wholeNumber('minThreads', options.minThreads ?? 1, 1, MOST_THREADS);
  const maxThreads = wholeNumber(
    'maxThreads',
    options.maxThreads ?? Math.max(minThreads, defaultMaxThreads()),
    minThreads,
    MOST_THREADS,
  );
  const idleThreadMs = wholeNumber('idleThreadMs', options.idleThreadMs ?? 10_000, 0, 2 ** 31 - 1);
  const { logger, cacheFolder } = options;
  if (cacheFolder !== undefined && (typeof cacheFolder !== 'string' || cacheFolder === ''))
    throw optionError('cacheFolder', 'the path of a folder', cacheFolder);
  return Object.freeze({
    minThreads,
    maxThreads,
    idleThreadMs,
    limits: resolveLimits(options.limits),
    processMemoryBytes: wholeNumber(
      'processMemoryBytes',
      options.processMemoryBytes ?? defaultProcessMemoryBytes(),
      SMALLEST_PROCESS_BYTES,
      Number.MAX_SAFE_INTEGER,
    ),
    cacheFolder,
    logger,
  });
}

function defaultMaxThreads(): number {
  return Math.min(
    MOST_THREADS_BY_DEFAULT,
    Math.max(4, Math.floor(availableBytes() / MEMORY_PER_THREAD_BYTES)),
  );
}

function defaultProcessMemoryBytes(): number {
  return Math.floor(availableBytes() * PROCESS_MEMORY_SHARE);
}

/** What there is at most: the machine's memory, or less in a cgroup. */
function availableBytes(): number {
  // 0, undefined or a number beyond the machine's where nothing constrains the process.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), constrained);
}

function wholeNumber(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw optionError(option, `a whole number from ${least} to ${most}`, value);
}
