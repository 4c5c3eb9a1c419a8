// Who sent a request, and what of the service that token may see and change.

import { SandpoolError } from '../../../bridge/errors.js';
import { type Grant, hasScope, requireScope } from '../access/index.js';
import type { Service } from '../service/service.js';
import type { Batch, Run, Scope, Token } from '../store/index.js';
import { bearerSecret } from './token-index.js';

/** The owner of the token of a request. */
export class Caller {
  readonly token: Token;
  readonly #service: Service;

  private constructor(token: Token, service: Service) {
    this.token = token;
    this.#service = service;
  }

  /**
   * The caller that an Authorization header stands for.
   * @throws SandpoolError UNAUTHENTICATED, SCOPE_MISSING
   */
  static of(authorization: string | undefined, needed: Scope, service: Service): Caller {
    const secret = bearerSecret(authorization);
    const token = secret === undefined ? undefined : service.store.tokens.findBySecret(secret);
    requireScope(token, needed);
    service.store.tokens.recordUse(token);
    return new Caller(token, service);
  }

  get isAdmin(): boolean {
    return hasScope(this.token.scopes, 'admin');
  }

  /** Whether its token still opens anything. */
  get isWelcome(): boolean {
    return this.#service.store.tokens.get(this.token.id).revokedAtMs === undefined;
  }

  /** What its runs may reach. */
  get grant(): Grant {
    return this.#service.grant(this.token);
  }

  /** The token whose runs it sees; undefined when it sees all. */
  get seenTokenId(): string | undefined {
    return this.isAdmin ? undefined : this.token.id;
  }

  /** @throws SandpoolError RUN_NOT_FOUND for one of somebody else, too */
  run(id: string): Run {
    const run = this.#service.store.runs.get(id);
    if (!this.isAdmin && run.tokenId !== this.token.id) throw new SandpoolError('RUN_NOT_FOUND', { run: id });
    return run;
  }

  /** @throws SandpoolError BATCH_NOT_FOUND for one of somebody else, too */
  batch(id: string): Batch {
    const batch = this.#service.store.batches.get(id);
    if (!this.isAdmin && batch.tokenId !== this.token.id)
      throw new SandpoolError('BATCH_NOT_FOUND', { batch: id });
    return batch;
  }

  /** Writes down a change that it made. */
  audit(
    action: string,
    subject: string,
    details: Parameters<Service['store']['audit']['record']>[0]['details'] = {},
  ): void {
    this.#service.store.audit.record({ actor: this.token.id, action, subject, details });
  }
}
