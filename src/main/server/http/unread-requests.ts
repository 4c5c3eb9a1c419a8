// Requests that are refused before there is anything to refuse them by the book: what is no HTTP, or too much of it, or
// too slow. The answer is written to the connection itself, which is then closed.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { SandpoolError } from '../../../bridge/errors.js';
import { PROBLEM_TYPE, problemOf } from './problem.js';

/** What is taken of an address and headers together. */
export const HEADER_BYTES = 16 * 1024;

/** What is wrong with a request that Node could not read. */
export function unreadableError(
  { code }: { readonly code?: string | undefined },
  timeoutMs: number,
): SandpoolError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new SandpoolError('HEADERS_TOO_LARGE', { limitBytes: HEADER_BYTES });
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new SandpoolError('REQUEST_TIMEOUT', { milliseconds: timeoutMs });
  }
  return new SandpoolError('REQUEST_INVALID', { where: 'it', reason: 'is not HTTP as it should be' });
}

/**
 * Ends a connection, with `error` as the answer.
 * @param isAnswering whether an answer may have begun, and nothing can be put into it
 */
export function refuseConnection(socket: Socket, error: SandpoolError, isAnswering: boolean): void {
  if (!socket.writable || isAnswering) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problemOf(error));
  const status = `HTTP/1.1 ${error.httpStatus} ${STATUS_CODES[error.httpStatus] ?? 'Not Done'}`;
  const headers = [
    `content-type: ${PROBLEM_TYPE}; charset=utf-8`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
  ];
  socket.end(`${[status, ...headers].join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
