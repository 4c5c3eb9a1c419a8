import { describe, expect, test } from 'vitest';
import { hasScope, requireScope, SCOPES } from '#src/main/server/access/index.js';
import type { Scope, Token } from '#src/main/server/store/index.js';
import { errorOf } from '../config/support.js';

const token = (...scopes: Scope[]): Token => ({ id: 'id', name: 'name', scopes, createdAtMs: 1 });

describe('a scope includes those before it', () => {
  test.each(
    SCOPES.flatMap((owned, has) => SCOPES.map((needed, needs) => [owned, needed, has >= needs] as const)),
  )('%s includes %s: %s', (owned, needed, included) => {
    expect(hasScope([owned], needed)).toBe(included);
    expect(hasScope(['read', owned], needed)).toBe(included || needed === 'read');
  });

  test('no scope includes nothing, and neither does one that there is not', () => {
    const unknown = ['', 'ADMIN', 'root', 'constructor'] as unknown as Scope[];
    for (const needed of SCOPES) {
      expect(hasScope([], needed)).toBe(false);
      expect(hasScope(unknown, needed)).toBe(false);
    }
  });
});

test('without a token that opens something there is no way in', () => {
  const absent = errorOf(() => requireScope(undefined, 'read'));
  expect(absent).toMatchObject({ code: 'UNAUTHENTICATED', httpStatus: 401 });
  const revoked = { ...token('admin'), revokedAtMs: 2 };
  expect(errorOf(() => requireScope(revoked, 'read')).toWire()).toEqual(absent.toWire());
});

test('a token of too small a scope is told which it needs', () => {
  expect(() => requireScope(token('admin'), 'run')).not.toThrow();
  const error = errorOf(() => requireScope(token('run'), 'admin'));
  expect(error).toMatchObject({ code: 'SCOPE_MISSING', httpStatus: 403 });
  expect(error.message).toBe('this needs a token of scope admin; this one has run');
  expect(errorOf(() => requireScope(token(), 'read')).message).toContain('this one has none');
});
