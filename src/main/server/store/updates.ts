// The updates that runs made, recorded when they are sent and when their outcome is known: so that after any end of
// the process it can be said which took effect, and for which the network must be asked, under which request id.

import { SandpoolError } from '../../../bridge/errors.js';
import type { UpdateRecord, UpdateState, UpdateSubject } from '../../canister/update-ledger.js';
import { bytes, integer, present, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row, Statement } from './database.js';

/** An update as it is kept. */
export interface StoredUpdate extends UpdateRecord {
  readonly sentAtMs: number;
  readonly endedAtMs?: number;
}

/** States that a later one may replace: what is unknown may become known. */
const OPEN: readonly UpdateState[] = ['in-flight', 'unknown'];

function updateOf(row: Row): StoredUpdate {
  return {
    number: integer(row, 'number'),
    canisterId: text(row, 'canister_id'),
    method: text(row, 'method'),
    state: text(row, 'state') as UpdateState,
    ...present('requestIdHex', row, 'request_id', (from, column) => bytes(from, column).toString('hex')),
    sentAtMs: integer(row, 'sent_at'),
    ...present('endedAtMs', row, 'ended_at', integer),
  };
}

/** The repository of updates. */
export class Updates {
  readonly #context: StoreContext;
  readonly #sent: Statement;
  readonly #find: Statement;
  readonly #outcome: Statement;
  readonly #ofRun: Statement;

  constructor(context: StoreContext) {
    this.#context = context;
    const { database } = context;
    this.#sent = database.statement(
      `INSERT INTO updates (run, number, canister_id, method, state, request_id, sent_at, ended_at)
       SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM runs WHERE id = ?1 AND state = 'running'`,
    );
    this.#find = database.statement(
      `SELECT u.run, u.state FROM updates u
       WHERE u.run = (SELECT number FROM runs WHERE id = ?) AND u.number = ?`,
    );
    this.#outcome = database.statement(
      `UPDATE updates SET state = ?, ended_at = ?, request_id = coalesce(?, request_id)
       WHERE run = ? AND number = ?`,
    );
    this.#ofRun = database.statement(
      'SELECT * FROM updates WHERE run = (SELECT number FROM runs WHERE id = ?) ORDER BY number',
    );
  }

  /**
   * To be called before the update goes to the network. When it returns, the record outlives this process; wait for
   * `store.durable()` as well where it must outlive a loss of power.
   *
   * @throws RUN_NOT_FOUND, RUN_STATE_CONFLICT unless the run is running, or when this number was recorded before
   */
  recordUpdateSent(runId: string, update: UpdateSubject & { readonly requestIdHex: string }): void {
    if (this.#find.get(runId, update.number)) throw conflict(runId, update.number, 'recorded', 'in-flight');
    this.#insert(runId, { ...update, state: 'in-flight' }, null);
  }

  /**
   * What became of it. One that was never recorded as sent, since it was not, is recorded now; saying the same
   * twice changes nothing; and what is known to have happened cannot become something else.
   *
   * @throws RUN_NOT_FOUND, RUN_STATE_CONFLICT
   */
  recordUpdateOutcome(runId: string, update: UpdateRecord): void {
    this.#context.database.transaction(() => {
      const row = this.#find.get(runId, update.number);
      const nowMs = this.#context.now();
      if (!row) {
        this.#insert(runId, update, update.state === 'in-flight' ? null : nowMs);
        return;
      }
      const state = text(row, 'state') as UpdateState;
      if (state === update.state) return;
      if (!OPEN.includes(state) || update.state === 'in-flight') {
        throw conflict(runId, update.number, state, update.state);
      }
      this.#outcome.run(update.state, nowMs, requestIdOf(update), integer(row, 'run'), update.number);
    });
  }

  /** In the order of their numbers; none for a run that is not kept. */
  ofRun(runId: string): StoredUpdate[] {
    return this.#ofRun.all(runId).map(updateOf);
  }

  #insert(runId: string, update: UpdateRecord, endedAtMs: number | null): void {
    const { number, canisterId, method, state } = update;
    const nowMs = this.#context.now();
    const { changes } = this.#sent.run(
      runId,
      number,
      canisterId,
      method,
      state,
      requestIdOf(update),
      nowMs,
      endedAtMs,
    );
    if (changes === 1) return;
    const run = this.#context.database.get('SELECT state FROM runs WHERE id = ?', runId);
    if (!run) throw new SandpoolError('RUN_NOT_FOUND', { run: runId });
    throw conflict(runId, number, `of a run that is ${text(run, 'state')}`, state);
  }
}

function requestIdOf({ requestIdHex }: UpdateRecord): Buffer | null {
  return requestIdHex === undefined ? null : Buffer.from(requestIdHex, 'hex');
}

function conflict(runId: string, number: number, state: string, next: string): SandpoolError {
  return new SandpoolError('RUN_STATE_CONFLICT', {
    subject: `update ${number} of run ${runId}`,
    state,
    next,
  });
}
