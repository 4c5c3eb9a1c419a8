// Ends a program together with those it has started. They stay in the terminal's own group, as icp-cli has them, so
// that one of them may still ask for a password; so there is no group of theirs to signal.

import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** How long a program that was asked to end may take, in milliseconds. */
const GRACE_MS = 2_000;

/**
 * Asks `child` and all its descendants to end, and ends those that have not after a while. Where descendants cannot
 * be found, which is anywhere but on Linux, `child` alone.
 */
export function endProcessTree(child: ChildProcess): void {
  if (child.pid === undefined || hasExited(child)) return;
  const all = [child.pid, ...descendantsOf(child.pid)];
  for (const pid of all) signal(pid, 'SIGTERM');
  const kill = setTimeout(() => {
    for (const pid of all) signal(pid, 'SIGKILL');
  }, GRACE_MS);
  child.once('close', () => clearTimeout(kill));
}

/** Whether `child` itself has ended, whatever it left running. */
export function hasExited({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    );
  } catch {
    return []; // It has ended, or this is another system.
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
