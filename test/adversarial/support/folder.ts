// A folder for one test file, with something secret beside what is granted.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What no guest may ever print, return or send. */
export const SECRET = 'the cellar key hangs behind the door';

/** A folder with `granted` and, beside it, a file and a folder that hold {@link SECRET}. */
export interface Folder {
  readonly path: string;
  readonly granted: string;
  remove(): void;
}

export function makeFolder(): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'adversarial-')));
  const granted = join(path, 'granted');
  mkdirSync(granted);
  mkdirSync(join(path, 'beside'));
  writeFileSync(join(path, 'secret.txt'), SECRET);
  writeFileSync(join(path, 'beside', 'secret.txt'), SECRET);
  // Node's own way of removing a tree runs out of stack in a deep one.
  return { path, granted, remove: () => void execFileSync('rm', ['-rf', path]) };
}

/** Everything a guest brought out of its sandbox, as one text. */
export function broughtOut(outcome: {
  readonly message: string;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly calls: readonly { readonly method: string; readonly arg: Uint8Array }[];
}): string {
  const { message, stdout, stderr, calls } = outcome;
  const sent = calls.map(({ method, arg }) => method + Buffer.from(arg).toString('latin1'));
  return [message, ...stdout, ...stderr, ...sent].join('\n');
}
