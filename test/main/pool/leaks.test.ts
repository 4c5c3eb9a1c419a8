// What a pool leaves behind in its process: nothing. In a process of its own, where nothing else opens or closes.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./support/uses-a-pool.mjs', import.meta.url));

interface Open {
  readonly descriptors: readonly string[];
  readonly threads: number;
  readonly resources: readonly string[];
}

/** Ends by itself or is killed at the deadline, which rejects. */
async function leftBehind(way: string): Promise<{ before: Open; after: Open; outcomes: string[] }> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, way], {
    timeout: 28_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout);
}

describe('a closed pool leaves no descriptor, thread, timer or other handle, and its process ends by itself', () => {
  test('after runs that ended in every way', async () => {
    const { before, after, outcomes } = await leftBehind('after-runs');
    expect(outcomes).toEqual([
      'ok',
      'PLUGIN_TRAPPED',
      'PLUGIN_TRAPPED',
      'COMPUTE_BUDGET_EXCEEDED',
      'WALL_TIME_EXCEEDED',
      'CANCELLED',
      'CANCELLED',
      'CANCELLED',
      'INTERNAL',
      'CANCELLED',
      'ok',
    ]);
    expect(after).toEqual(before);
  });

  test('when it is closed in the middle of runs, and of queued ones', async () => {
    const { before, after, outcomes } = await leftBehind('among-runs');
    expect(new Set(outcomes)).toEqual(new Set(['POOL_CLOSED']));
    expect(after).toEqual(before);
  });
});
