// A path that leads nowhere it may lead, as the system error that a kernel confining the path would give.

/** The system errors that walking a path raises by itself. */
export type PathErrorCode =
  | 'EBADF'
  | 'EILSEQ'
  | 'EINVAL'
  | 'ELOOP'
  | 'ENAMETOOLONG'
  | 'ENOENT'
  | 'ENOMEM'
  | 'ENOTDIR'
  | 'ENOTSUP'
  | 'EPERM';

/** Carries a system error's `code`, as errors of `node:fs` do, and no path. */
export class PathError extends Error {
  override readonly name = 'PathError';
  readonly code: PathErrorCode;

  constructor(code: PathErrorCode) {
    super(code);
    this.code = code;
  }
}

/** The `code` of a system error or a {@link PathError}; undefined for anything else. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' && /^E[A-Z0-9]+$/.test(thrown.code) ? thrown.code : undefined;
}
