// Errors as answers: RFC 9457 problem details, made from the errors table.

import { STATUS_CODES } from 'node:http';
import type { Static } from 'typebox';
import { SandpoolError } from '../../../bridge/errors.js';
import type { Problem } from '../api/common.js';
import { shownError } from '../service/shown-error.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** What is said of an error. Of one of the host's own no more than that it happened: its log has the rest. */
export function problemOf(error: SandpoolError): Static<typeof Problem> {
  const { httpStatus: status } = error;
  const { code, message: detail, hint, details } = shownError(error);
  const title = STATUS_CODES[status] ?? 'Not done';
  const about = { type: `urn:sandpool:error:${code}`, title, status, code };
  return { ...about, detail, ...(hint === undefined ? {} : { hint }), details };
}

/** An error of fastify's, or anything else that was thrown, as one of ours. */
export function errorOf(thrown: unknown, limitBytes: number): SandpoolError {
  if (thrown instanceof SandpoolError) return thrown;
  const { code, statusCode, message } = thrown as { code?: string; statusCode?: number; message?: string };
  const options = { cause: thrown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new SandpoolError('REQUEST_TOO_LARGE', { limitBytes }, options);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const details = { type: 'that was sent', taken: 'application/json' };
    return new SandpoolError('MEDIA_TYPE_UNSUPPORTED', details, options);
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const reason = String(message).slice(0, 300);
    return new SandpoolError(
      'REQUEST_INVALID',
      { where: 'it', reason: `could not be read: ${reason}` },
      options,
    );
  }
  return SandpoolError.from(thrown);
}
