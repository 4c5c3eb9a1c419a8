// One step of a path: the name of an entry in a directory, never a way to somewhere else.

import { PathError } from './path-error.js';

/** One name in a directory: text, or the bytes of one that is not UTF-8. */
export type Name = string | Buffer;

/** Throws `EPERM` unless `name` means an entry of the very directory in which it is looked up. */
export function checkName(name: Name): void {
  const text = typeof name === 'string' ? name : name.toString('latin1');
  if (text === '' || text === '.' || text === '..' || text.includes('/')) throw new PathError('EPERM');
}
