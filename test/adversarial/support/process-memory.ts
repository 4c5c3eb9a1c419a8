// How much memory the process took at its worst while something was done.

import { readFileSync, writeFileSync } from 'node:fs';

/** Whether the platform tells. */
export const TELLS_PEAK = process.platform === 'linux';

/** Does `action` and gives by how many bytes the process's resident memory rose above where it stood before. */
export async function peakGrowth(action: () => Promise<unknown>): Promise<number> {
  const RESET_PEAK = '5';
  writeFileSync('/proc/self/clear_refs', RESET_PEAK);
  const before = bytesOf('VmHWM');
  await action();
  return bytesOf('VmHWM') - before;
}

function bytesOf(field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(
    readFileSync('/proc/self/status', 'utf8'),
  );
  return Number(kilobytes?.[1]) * 1024;
}
