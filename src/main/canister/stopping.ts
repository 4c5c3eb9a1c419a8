// Waiting that can be given up.
import { setTimeout as wait } from 'node:timers/promises';
import { cancelled } from './agent-failure.js';

/** `work`, or a failure as soon as `signal` aborts; `work` itself goes on. @throws CallFailure CANCELLED */
export function untilStopped<Result>(
  work: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(cancelled());
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
