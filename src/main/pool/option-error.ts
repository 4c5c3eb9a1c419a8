// Option errors all say the same three things: which option, what it may be, what it is.

import { SandpoolError } from '../../bridge/errors.js';

/** An INVALID_OPTION that names the option, its bound, and the value it was given. */
export function optionError(option: string, bound: string, value: unknown): SandpoolError {
  return new SandpoolError('INVALID_OPTION', { option, bound, value: show(value) });
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
