// Requests that may come twice: what the first one with a key made is what the others are answered with.

import { SandpoolError } from '../../../bridge/errors.js';
import { text } from './columns.js';
import type { StoreContext } from './context.js';

/** For how long a key is remembered. */
export const IDEMPOTENCY_MS = 24 * 60 * 60 * 1000;

/** What a client sent to have its request done once. */
export interface IdempotentRequest {
  readonly key: string;
  /** Of the request's body: another body under the same key is a mistake of the client's. */
  readonly requestHash: string;
}

/** Whether a request made something, or was answered with what an earlier one had made. */
export type Outcome = 'created' | 'repeated';

/** To be used within the transaction that makes what is asked for. */
export class IdempotencyKeys {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** The id of what the key's first request made; undefined for a new key. @throws IDEMPOTENCY_CONFLICT */
  find(tokenId: string, kind: 'run' | 'batch', request: IdempotentRequest | undefined): string | undefined {
    if (request === undefined) return undefined;
    const row = this.#context.database.get(
      `SELECT request_hash, subject_kind, subject_id FROM idempotency_keys
       WHERE token_id = ? AND key = ? AND created_at > ?`,
      tokenId,
      request.key,
      this.#context.now() - IDEMPOTENCY_MS,
    );
    if (!row) return undefined;
    if (text(row, 'request_hash') !== request.requestHash || text(row, 'subject_kind') !== kind) {
      throw new SandpoolError('IDEMPOTENCY_CONFLICT', { key: request.key });
    }
    return text(row, 'subject_id');
  }

  /** Remembers what the key's first request made, in place of one that is too old. */
  keep(tokenId: string, kind: 'run' | 'batch', id: string, request: IdempotentRequest | undefined): void {
    if (request === undefined) return;
    this.#context.database.run(
      `INSERT OR REPLACE INTO idempotency_keys
         (token_id, key, request_hash, subject_kind, subject_id, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
      tokenId,
      request.key,
      request.requestHash,
      kind,
      id,
      this.#context.now(),
    );
  }

  /** Forgets at most `limit` keys that are too old. @returns how many */
  forgetOld(limit: number): number {
    return this.#context.database.run(
      `DELETE FROM idempotency_keys WHERE (token_id, key) IN
         (SELECT token_id, key FROM idempotency_keys WHERE created_at <= ? ORDER BY created_at LIMIT ?)`,
      this.#context.now() - IDEMPOTENCY_MS,
      limit,
    ).changes;
  }
}
