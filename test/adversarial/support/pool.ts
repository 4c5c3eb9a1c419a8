// The pool of one test file.

import { afterAll, beforeAll } from 'vitest';
import type { RunLimits, SandboxPool } from '#src/main/index.js';
import { attackedPool, type Guest, prepareAll } from './attack.js';

/** Opens a pool before the tests of a file, with `guests` prepared, and closes it after them. */
export function poolForTests(
  guests: readonly Guest[] = [],
  limits: Partial<RunLimits> = {},
): () => SandboxPool {
  let pool: SandboxPool;
  beforeAll(async () => {
    pool = await attackedPool(limits);
    await prepareAll(pool, guests);
  });
  afterAll(() => pool.close({ deadlineMs: 0 }));
  return () => pool;
}
