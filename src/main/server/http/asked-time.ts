// Times in the query of a request.

import { SandpoolError } from '../../../bridge/errors.js';

/**
 * Milliseconds since 1970. The format has leap seconds, 23:59:60; the calendar here has none.
 * @throws SandpoolError REQUEST_INVALID
 */
export function askedTime(name: 'from' | 'to', text: string): number {
  const milliseconds = Date.parse(text);
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw new SandpoolError('REQUEST_INVALID', {
    where: `the query at /${name}`,
    reason: 'is no time that there is here',
  });
}
