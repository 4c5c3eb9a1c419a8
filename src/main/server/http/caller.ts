// Who sent a request, and what of the service that token may see and change.

import { SandpoolError } from '../../../bridge/errors.js';
import { type Grant, hasScope, requireScope } from '../access/index.js';
import type { Service } from '../service/service.js';
import type { Batch, Run, Scope, Token } from '../store/index.js';

/** The owner of the token of a request. */
export class Caller {
  readonly token: Token;
  readonly #service: Service;

  private constructor(token: Token, service: Service) {
    this.token = token;
    this.#service = service;
  }

  /**
   * The caller whose token it is.
   * @param token of the request; undefined when it carries none that opens anything
   * @throws SandpoolError UNAUTHENTICATED, SCOPE_MISSING
   */
  static of(token: Token | undefined, needed: Scope, service: Service): Caller {
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
    return this.isAdmin || this.token.seesAllRuns === true ? undefined : this.token.id;
  }

  /** A run that it may see. @throws SandpoolError RUN_NOT_FOUND for any other, too */
  run(id: string): Run {
    const run = this.#service.store.runs.get(id);
    if (this.#sees(run)) return run;
    throw new SandpoolError('RUN_NOT_FOUND', { run: id });
  }

  /** A batch that it may see. @throws SandpoolError BATCH_NOT_FOUND for any other, too */
  batch(id: string): Batch {
    const batch = this.#service.store.batches.get(id);
    if (this.#sees(batch)) return batch;
    throw new SandpoolError('BATCH_NOT_FOUND', { batch: id });
  }

  /** A run that it may change. @throws SandpoolError RUN_NOT_FOUND, ACCESS_DENIED */
  ownRun(id: string): Run {
    return this.#mustOwn(this.run(id), `the run ${id}, which is of another token`);
  }

  /** A batch that it may change. @throws SandpoolError BATCH_NOT_FOUND, ACCESS_DENIED */
  ownBatch(id: string): Batch {
    return this.#mustOwn(this.batch(id), `the batch ${id}, which is of another token`);
  }

  /** Writes down a change that it made. */
  audit(
    action: string,
    subject: string,
    details: Parameters<Service['store']['audit']['record']>[0]['details'] = {},
  ): void {
    this.#service.store.audit.record({ actor: this.token.id, action, subject, details });
  }

  #sees({ tokenId }: { readonly tokenId: string }): boolean {
    return this.seenTokenId === undefined || tokenId === this.token.id;
  }

  #mustOwn<Subject extends { readonly tokenId: string }>(subject: Subject, subjects: string): Subject {
    if (this.isAdmin || subject.tokenId === this.token.id) return subject;
    throw new SandpoolError('ACCESS_DENIED', { subjects });
  }
}
