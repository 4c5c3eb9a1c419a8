// Waiting that can be given up.
import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from './agent-failure.js';

/**
 * `work`, or a failure when `signal` aborts; `work` itself goes on. The failure comes at once, or one turn of the
 * event loop later, so that work which heeds the signal itself can say more precisely how it ended.
 *
 * @throws CallFailure CANCELLED
 */
export function untilStopped<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
  moment: 'at once' | 'one turn later' = 'at once',
): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const fail = () => reject(cancelled());
    const stop = moment === 'at once' ? fail : () => setImmediate(fail);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Waits. @throws CallFailure CANCELLED */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
    throw cancelled();
  }
}
