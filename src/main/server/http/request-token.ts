// Whose token a request carries. It is asked for more than once, and looked up once.

import type { FastifyRequest } from 'fastify';
import type { Store, Token } from '../store/index.js';

/** The tokens of requests. */
export class RequestTokens {
  readonly #store: Store;
  readonly #found = new WeakMap<FastifyRequest, { readonly token: Token | undefined }>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The token that the Authorization header of a request opens, if it opens one. */
  of(request: FastifyRequest): Token | undefined {
    const known = this.#found.get(request);
    if (known !== undefined) return known.token;
    const secret = bearerSecret(request.headers.authorization);
    const token = secret === undefined ? undefined : this.#store.tokens.findBySecret(secret);
    this.#found.set(request, { token });
    return token;
  }
}

/** The secret in an Authorization header of the Bearer scheme. */
function bearerSecret(authorization: string | undefined): string | undefined {
  return /^Bearer +([^\s]{1,200})$/i.exec(authorization ?? '')?.[1];
}
