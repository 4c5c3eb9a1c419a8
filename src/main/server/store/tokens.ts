// Who may use the service: tokens, by the hash of their secret, and what each is bound to.

import { timingSafeEqual } from 'node:crypto';
import { SandpoolError } from '../../../bridge/errors.js';
import { bytes, integer, json, jsonOrNull, present, text } from './columns.js';
import type { StoreContext } from './context.js';
import type { Row } from './database.js';
import { createSecret, hashOfSecret } from './token-secret.js';

/** What a token lets its owner do. */
export type Scope = 'read' | 'run' | 'admin';

/** What a token is made with. A list that is absent binds it to nothing; an empty one allows nothing. */
export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly identities?: readonly string[];
  readonly networks?: readonly string[];
  readonly canisters?: readonly string[];
  /** Whether its owner sees the runs of all tokens. @default false */
  readonly seesAllRuns?: boolean;
}

/** A token as it is kept. */
export interface Token extends NewToken {
  readonly id: string;
  readonly createdAtMs: number;
  /** To the minute. */
  readonly usedAtMs?: number;
  readonly revokedAtMs?: number;
}

/** How exactly the last use is kept: a write for each request would be too many. */
const USE_RESOLUTION_MS = 60_000;

const NO_HASH = Buffer.alloc(32);

function tokenOf(row: Row): Token {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    scopes: json<Scope[]>(row, 'scopes'),
    ...present('identities', row, 'identities', json<string[]>),
    ...present('networks', row, 'networks', json<string[]>),
    ...present('canisters', row, 'canisters', json<string[]>),
    ...(integer(row, 'sees_all_runs') === 1 ? { seesAllRuns: true } : {}),
    createdAtMs: integer(row, 'created_at'),
    ...present('usedAtMs', row, 'used_at', integer),
    ...present('revokedAtMs', row, 'revoked_at', integer),
  };
}

/** The repository of tokens. */
export class Tokens {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** A new token, and the one chance to read its secret. */
  create(token: NewToken): { readonly token: Token; readonly secret: string } {
    const secret = createSecret();
    const hash = hashOfSecret(secret) ?? NO_HASH;
    const id = this.#context.identifiers.next();
    this.#context.database.run(
      `INSERT INTO tokens (id, hash_prefix, hash, name, scopes, identities, networks, canisters, sees_all_runs, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      hash.readUInt32BE(),
      hash,
      token.name,
      JSON.stringify(token.scopes),
      jsonOrNull(token.identities),
      jsonOrNull(token.networks),
      jsonOrNull(token.canisters),
      token.seesAllRuns === true ? 1 : 0,
      this.#context.now(),
    );
    return { token: this.get(id), secret };
  }

  /**
   * The token with this secret, unless it was revoked. The index is asked for four bytes of the hash only; the
   * whole of it is compared in a time that says nothing of where it differs.
   */
  findBySecret(secret: string): Token | undefined {
    const hash = hashOfSecret(secret);
    const rows = this.#context.database.all(
      'SELECT * FROM tokens WHERE hash_prefix = ?',
      (hash ?? NO_HASH).readUInt32BE(),
    );
    let found: Row | undefined;
    for (const row of rows) {
      if (timingSafeEqual(bytes(row, 'hash'), hash ?? NO_HASH)) found = row;
    }
    if (hash === undefined || found === undefined || found['revoked_at'] !== null) return undefined;
    return tokenOf(found);
  }

  find(id: string): Token | undefined {
    const row = this.#context.database.get('SELECT * FROM tokens WHERE id = ?', id);
    return row && tokenOf(row);
  }

  /** @throws TOKEN_NOT_FOUND */
  get(id: string): Token {
    const token = this.find(id);
    if (!token) throw new SandpoolError('TOKEN_NOT_FOUND', { token: id });
    return token;
  }

  /** All of them, revoked ones included, the newest first. */
  list(): Token[] {
    return this.#context.database.all('SELECT * FROM tokens ORDER BY id DESC').map(tokenOf);
  }

  /** Records that it was used just now; written at most once a minute. */
  recordUse(token: Token): void {
    const nowMs = this.#context.now();
    if (token.usedAtMs !== undefined && nowMs - token.usedAtMs < USE_RESOLUTION_MS) return;
    this.#context.database.run('UPDATE tokens SET used_at = ? WHERE id = ?', nowMs, token.id);
  }

  /** From now on it opens nothing. Revoking it again changes nothing. @throws TOKEN_NOT_FOUND */
  revoke(id: string): Token {
    this.#context.database.run(
      'UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?',
      this.#context.now(),
      id,
    );
    return this.get(id);
  }
}
