// Bodies of requests: of what type they must be, and how long they may take. What is in them is the schemas' business.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { SandpoolError } from '../../../bridge/errors.js';
import type { Route } from '../api/index.js';
import { refuseConnection } from './unread-requests.js';

/** A connection on which nothing moves: longer than any answer takes, and than event streams are silent. */
export const SILENCE_MS = 180_000;

/** Before the body is read. @throws SandpoolError MEDIA_TYPE_UNSUPPORTED */
export function requireMediaType(request: FastifyRequest, { upload, body }: Route): void {
  const taken = upload ?? (body === undefined ? undefined : ['application/json']);
  if (taken === undefined) return;
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== undefined && taken.includes(type)) return;
  const details = { type: JSON.stringify((type ?? 'none').slice(0, 100)), taken: taken.join(', ') };
  throw new SandpoolError('MEDIA_TYPE_UNSUPPORTED', details);
}

/** Whether a body was announced that has not come whole. */
export function awaitsBody({ raw: { complete, headers } }: FastifyRequest): boolean {
  const isAnnounced =
    (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
  return isAnnounced && !complete;
}

/** A body that is sent a byte at a time must not keep its connection for long. */
export function limitBodyTime(request: FastifyRequest, reply: FastifyReply, milliseconds: number): void {
  const { raw } = request;
  if (!awaitsBody(request)) return;
  const timer = setTimeout(() => {
    const error = new SandpoolError('REQUEST_TIMEOUT', { milliseconds });
    refuseConnection(raw.socket, error, reply.raw.headersSent);
  }, milliseconds);
  const stop = (): void => clearTimeout(timer);
  raw.once('end', stop).once('close', stop);
  reply.raw.once('close', stop);
}

/** An upload may take its time, but not stand still. */
export function limitSilence({ raw }: FastifyRequest, milliseconds: number): void {
  const { socket } = raw;
  socket.setTimeout(milliseconds);
  raw.once('end', () => socket.setTimeout(SILENCE_MS));
}
