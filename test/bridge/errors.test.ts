import { describe, expect, test } from 'vitest';
import { describe as describeThrown, ERRORS, type ErrorCode, SandpoolError } from '#src/bridge/errors.js';

describe('the error table', () => {
  test.each(Object.entries(ERRORS))('%s has sound exit code, status and message', (_code, row) => {
    expect(row.exitCode).toBeGreaterThan(0);
    expect(row.exitCode).toBeLessThan(256);
    expect(row.httpStatus).toBeGreaterThanOrEqual(400);
    expect(row.message).not.toBe('');
  });

  test('exit codes tell the kinds apart', () => {
    const byKind = new Map<string, Set<number>>();
    for (const { kind, exitCode } of Object.values(ERRORS)) {
      byKind.set(kind, (byKind.get(kind) ?? new Set()).add(exitCode));
    }
    expect(Object.fromEntries([...byKind].map(([kind, codes]) => [kind, [...codes].sort()]))).toEqual({
      user: [2],
      plugin: [1],
      limit: [3],
      network: [4],
      host: [130, 70],
    });
  });
});

describe('an error', () => {
  test('fills its message and hint from its details', () => {
    const error = new SandpoolError('COMPUTE_BUDGET_EXCEEDED', { budgetMs: 2000 });
    expect(error.message).toBe('the plugin used up its compute budget of 2000 ms');
    expect(error.hint).toContain('now 2000 ms');
    expect(error).toMatchObject({
      code: 'COMPUTE_BUDGET_EXCEEDED',
      kind: 'limit',
      exitCode: 3,
      httpStatus: 422,
    });
  });

  test('does not take placeholders from prototypes, nor expand what a detail contains', () => {
    const error = new SandpoolError('PLUGIN_FAILED', { message: '{constructor} {message}' });
    expect(error.message).toBe('{constructor} {message}');
    expect(new SandpoolError('PLUGIN_FAILED').message).toBe('{message}');
  });

  test('crosses threads as plain data', () => {
    const error = new SandpoolError('PLUGIN_EXITED', { status: 3 });
    const rebuilt = SandpoolError.fromWire(structuredClone(error.toWire()));
    expect(rebuilt).toMatchObject({ code: error.code, message: error.message, details: error.details });
  });

  test.each([null, undefined, 7, 'text', Symbol('odd'), new Error('plain'), Object.create(null)])(
    'is made of anything thrown: %s',
    (thrown) => {
      const error = SandpoolError.from(thrown);
      expect(error.code satisfies ErrorCode).toBe('INTERNAL');
      expect(error.cause).toBe(thrown);
      expect(typeof describeThrown(thrown)).toBe('string');
    },
  );
});
