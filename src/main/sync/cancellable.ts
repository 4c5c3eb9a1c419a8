// Work that cannot be ended, but need not be waited for.

import { SandpoolError } from '../../bridge/errors.js';

/**
 * What `work` comes to, unless `signal` aborts first. The work goes on; what becomes of it is nobody's concern then.
 * @throws SandpoolError CANCELLED; what `work` fails with
 */
export async function cancellable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) throw new SandpoolError('CANCELLED');
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new SandpoolError('CANCELLED', {}, { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
