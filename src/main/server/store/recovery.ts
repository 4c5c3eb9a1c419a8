// What is done first with a file that an earlier process left: what was running then is not any more.

import { SandpoolError } from '../../../bridge/errors.js';
import { integer, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { EventWriter } from './event-writer.js';
import { removeIncompleteBatches } from './retention.js';
import type { StoredError } from './run.js';
import type { Runs } from './runs.js';

/** What was found and done. */
export interface Recovery {
  /** Ids of runs that were running, and are `interrupted` now; in the order in which they were made. */
  readonly interruptedRunIds: readonly string[];
  /** How many updates were sent by those without an outcome: they are `unknown` now. */
  readonly unknownUpdates: number;
  /** How many runs wait. */
  readonly queuedRuns: number;
}

/** The type of the event that is recorded with each run that was cut short. */
export const INTERRUPTED_EVENT = 'run-interrupted';

/**
 * Ends what was running, in one transaction: a process that is ended in here leaves the next one the same to do.
 * Runs that wait and those that have ended are left alone.
 */
export function recover(context: StoreContext, runs: Runs, events: EventWriter): Recovery {
  const { database } = context;
  continueIdentifiers(context);
  return database.transaction(() => {
    removeIncompleteBatches(context);
    const unknown = database.get("SELECT count(*) AS count FROM updates u WHERE u.state = 'in-flight'");
    const ids = database
      .all("SELECT id FROM runs WHERE state = 'running' ORDER BY number")
      .map((row) => text(row, 'id'));
    for (const id of ids) runs.end(id, { state: 'interrupted', error: interruption() });
    events.writeWith(
      ids.map((runId) => ({ runId, type: INTERRUPTED_EVENT, data: { state: 'interrupted' } })),
    );
    const queued = database.get("SELECT count(*) AS count FROM runs WHERE state = 'queued'");
    return {
      interruptedRunIds: ids,
      unknownUpdates: integer(unknown ?? {}, 'count'),
      queuedRuns: integer(queued ?? {}, 'count'),
    };
  });
}

function interruption(): StoredError {
  const error = new SandpoolError('RUN_INTERRUPTED');
  return { ...error.toWire(), message: error.message };
}

/** The clock may have been set back since; new ids still come behind the old ones. */
function continueIdentifiers({ database, identifiers }: StoreContext): void {
  for (const table of ['runs', 'batches', 'tokens']) {
    const row = database.get(`SELECT max(id) AS id FROM ${table}`);
    if (row && row['id'] !== null) identifiers.continueAfter(text(row, 'id'));
  }
}
