// Putting runs in the queue, alone or for a batch.

import { SandpoolError } from '../../../bridge/errors.js';
import { integer } from './columns.js';
import type { StoreContext } from './context.js';
import type { Statement } from './database.js';
import type { RunInput } from './run.js';

/** Where a new run comes from. */
export interface RunOrigin {
  readonly tokenId: string;
  /** The batch's number in its table. */
  readonly batch?: number;
}

/** A run that does an earlier one again. */
export interface RetriedRun {
  readonly runId: string;
  readonly attempt: number;
}

/** To be used within a transaction. */
export class RunInsertion {
  readonly #context: StoreContext;
  readonly #insert: Statement;
  readonly #plugin: Statement;
  readonly #bundle: Statement;

  constructor(context: StoreContext) {
    this.#context = context;
    const { database } = context;
    this.#insert = database.statement(`INSERT INTO runs (id, batch, token_id, state, priority, canister_id,
      network, identity, environment, plugin, bundle, fields, limits, step, attempt, retry_of, created_at)
      VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#plugin = database.statement('SELECT is_enabled FROM plugins WHERE sha256 = ?');
    this.#bundle = database.statement('SELECT 1 FROM bundles WHERE sha256 = ?');
  }

  /** The new run's id. @throws PLUGIN_NOT_UPLOADED, PLUGIN_DISABLED, BUNDLE_NOT_FOUND */
  insert(input: RunInput, origin: RunOrigin, retried?: RetriedRun): string {
    this.#mustBeThere(input);
    const id = this.#context.identifiers.next();
    this.#insert.run(
      id,
      origin.batch ?? null,
      origin.tokenId,
      input.priority ?? 0,
      input.canisterId,
      input.network,
      input.identity,
      input.environment,
      input.pluginSha256,
      input.bundleSha256 ?? null,
      JSON.stringify(input.fields),
      JSON.stringify(input.limits),
      JSON.stringify(input.step),
      (retried?.attempt ?? 0) + 1,
      retried?.runId ?? null,
      this.#context.now(),
    );
    return id;
  }

  #mustBeThere({ pluginSha256, bundleSha256 }: RunInput): void {
    const plugin = this.#plugin.get(pluginSha256);
    if (!plugin) throw new SandpoolError('PLUGIN_NOT_UPLOADED', { sha256: pluginSha256 });
    if (integer(plugin, 'is_enabled') === 0) {
      throw new SandpoolError('PLUGIN_DISABLED', { sha256: pluginSha256 });
    }
    if (bundleSha256 !== undefined && !this.#bundle.get(bundleSha256)) {
      throw new SandpoolError('BUNDLE_NOT_FOUND', { id: bundleSha256 });
    }
  }
}
