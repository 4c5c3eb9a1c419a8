// How failures of the file system are told to the guest: a code and nothing else, the same that the reference
// host gives.

import type { ErrorCode } from '@bytecodealliance/preview2-shim/interfaces/wasi-filesystem-types';
import { systemErrorCode } from '../../../bridge/path-error.js';

/** The codes of `wasi:filesystem`. */
export type { ErrorCode };

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'access',
  EALREADY: 'already',
  EBADF: 'bad-descriptor',
  EBUSY: 'busy',
  EEXIST: 'exist',
  EFBIG: 'file-too-large',
  EILSEQ: 'illegal-byte-sequence',
  EINPROGRESS: 'in-progress',
  EINTR: 'interrupted',
  EINVAL: 'invalid',
  EIO: 'io',
  EISDIR: 'is-directory',
  ELOOP: 'loop',
  EMFILE: 'insufficient-memory',
  EMLINK: 'too-many-links',
  ENAMETOOLONG: 'name-too-long',
  ENFILE: 'insufficient-memory',
  ENOENT: 'no-entry',
  ENOMEM: 'insufficient-memory',
  ENOSPC: 'insufficient-space',
  ENOTDIR: 'not-directory',
  ENOTEMPTY: 'not-empty',
  ENOTSUP: 'unsupported',
  EOVERFLOW: 'overflow',
  EPERM: 'not-permitted',
  EPIPE: 'pipe',
  ESPIPE: 'invalid-seek',
};

/**
 * The code for a system error, `io` for one that has none.
 *
 * @throws `thrown` itself when it is not a system error: a defect, or the end of the run.
 */
export function errorCodeOf(thrown: unknown): ErrorCode {
  const code = systemErrorCode(thrown);
  if (code === undefined) throw thrown;
  return CODES[code] ?? 'io';
}
