// The limits of a run: their defaults, and the check of what a caller sets.

import type { SandpoolError } from '../../bridge/errors.js';
import { optionError } from './option-error.js';

/** What one run may use. `Infinity` switches a limit off where its bounds allow that. */
export interface RunLimits {
  /**
   * Time the guest may compute, in milliseconds: its thread's CPU time and the time it asked to sleep, never
   * its waits for host calls.
   * @default 60_000
   */
  readonly computeBudgetMs: number;
  /**
   * Time from the start of the run to its end, in milliseconds.
   * @default Infinity
   */
  readonly wallTimeMs: number;
  /**
   * Bytes of linear memory, all memories of the component together, in whole pages of 64 KiB; what would go beyond
   * is refused.
   * @default 4_294_967_296, as much as a memory can have
   */
  readonly memoryBytes: number;
  /**
   * Table elements, all tables of the component together; what would go beyond is refused.
   * @default 1_000_000
   */
  readonly tableElements: number;
  /**
   * Number of host calls.
   * @default Infinity
   */
  readonly hostCalls: number;
  /**
   * Bytes of each of stdout and stderr; what is over is dropped, and a closing line says how much.
   * @default 1_048_576
   */
  readonly outputBytes: number;
  /**
   * Bytes of the argument of one call; over it the call returns an error to the plugin.
   * @default 4_194_304
   */
  readonly argumentBytes: number;
  /**
   * Bytes of one reply; over it the call returns an error to the plugin.
   * @default 8_388_608
   */
  readonly replyBytes: number;
  /**
   * Open descriptors, and pollables, each.
   * @default 1024
   */
  readonly handles: number;
}

const MIB = 1024 * 1024;

/** The defaults of {@link RunLimits}. */
export const DEFAULT_LIMITS: RunLimits = Object.freeze({
  computeBudgetMs: 60_000,
  wallTimeMs: Number.POSITIVE_INFINITY,
  memoryBytes: 4 * 1024 * MIB,
  tableElements: 1_000_000,
  hostCalls: Number.POSITIVE_INFINITY,
  outputBytes: MIB,
  argumentBytes: 4 * MIB,
  replyBytes: 8 * MIB,
  handles: 1024,
});

/** The most that the host allocates for one operation of the guest. */
export const ALLOCATION_BYTES = 16 * MIB;

const SMALLEST: Readonly<Record<keyof RunLimits, number>> = {
  computeBudgetMs: 1,
  wallTimeMs: 1,
  memoryBytes: 64 * 1024,
  tableElements: 0,
  hostCalls: 0,
  outputBytes: 0,
  argumentBytes: 0,
  replyBytes: 0,
  handles: 8,
};

/**
 * `base` with what `limits` sets.
 * @throws SandpoolError INVALID_OPTION for a name that is no limit, or a value below its bound
 */
export function resolveLimits(
  limits: Partial<RunLimits> | undefined,
  base: RunLimits = DEFAULT_LIMITS,
): RunLimits {
  const resolved: { -readonly [Name in keyof RunLimits]: number } = { ...base };
  for (const [name, value] of Object.entries(limits ?? {})) {
    if (!isLimit(name)) throw unknownLimit(name);
    if (value === undefined) continue;
    if (typeof value !== 'number' || Number.isNaN(value) || value < SMALLEST[name]) {
      throw optionError(`limits.${name}`, `a number of at least ${SMALLEST[name]}`, value);
    }
    resolved[name] = value;
  }
  return Object.freeze(resolved);
}

function isLimit(name: string): name is keyof RunLimits {
  return Object.hasOwn(SMALLEST, name);
}

function unknownLimit(name: string): SandpoolError {
  return optionError('limits', `made of ${Object.keys(SMALLEST).join(', ')}`, name);
}
