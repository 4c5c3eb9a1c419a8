// Does a plan in this process: on the pool of the command, with a client of the plan's network made for it.

import type { CanisterClient } from '../canister/index.js';
import { preparePlugins } from '../sync/prepare-plugins.js';
import type { Performer } from './run-plan.js';

/** Does the plan here. */
export const performHere: Performer = async (plan, means) => {
  const { pool, options, limits, signal, fetchPlugin, onEvent, warn, view } = means;
  const { concurrency, failFast } = options;
  // What will be needed in any case gets ready in other processes and threads, while this one loads the client.
  preparePlugins(plan, pool, fetchPlugin);
  pool.warm(Math.min(plan.canisters.length, concurrency ?? Number.POSITIVE_INFINITY));
  let client: CanisterClient | undefined;
  try {
    const [{ connect }, { runSync }] = await Promise.all([
      import('./connection.js'),
      import('../sync/run-sync.js'),
    ]);
    client = await connect(plan.network, {
      identity: options.identity,
      passwordFile: options.identityPasswordFile,
      callsAtOnce: concurrency ?? 0,
      signal,
      warn,
    });
    const report = await runSync(plan, {
      pool,
      client,
      signal,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(failFast === true ? { onFailure: 'stop' } : {}),
      limits,
      fetchPlugin,
      onEvent,
    });
    view.finish(report);
    return report;
  } finally {
    view.close();
    // The process waits for it, as it does for its threads, which end meanwhile.
    void client?.close();
  }
};
