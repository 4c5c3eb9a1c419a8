// How long a sync goes on asking a service that does not answer: a service that is started again takes its time.

import { persist } from '../client/retrying.js';

/** In milliseconds. */
export const GIVE_UP_MS = 300_000;

/**
 * Does `work`, again and again while the service is away or busy.
 * @throws SandpoolError what `work` failed with last
 */
export function untilDone<Value>(work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
  return persist(work, { giveUpMs: GIVE_UP_MS, ...(signal === undefined ? {} : { signal }) });
}
