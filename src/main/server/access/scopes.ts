// What a token lets its owner do at all: read, run, administer. Each includes the one before.

import { SandpoolError } from '../../../bridge/errors.js';
import type { Scope, Token } from '../store/tokens.js';

/** The least first. */
export const SCOPES: readonly Scope[] = Object.freeze(['read', 'run', 'admin']);

/** Whether `scopes` include what `needed` allows: admin implies run, and run implies read. */
export function hasScope(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.some((scope) => SCOPES.indexOf(scope) >= SCOPES.indexOf(needed));
}

/**
 * @param token as found by its secret; undefined when there was none, or none like it
 * @throws SandpoolError UNAUTHENTICATED, SCOPE_MISSING
 */
export function requireScope(token: Token | undefined, needed: Scope): asserts token is Token {
  if (token === undefined || token.revokedAtMs !== undefined) throw new SandpoolError('UNAUTHENTICATED');
  if (hasScope(token.scopes, needed)) return;
  throw new SandpoolError('SCOPE_MISSING', { needed, scopes: token.scopes.join(', ') || 'none' });
}
