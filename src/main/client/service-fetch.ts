// Requests to a service: with the token, and with one kind of error for everything that can go wrong.

import { describe, SandpoolError } from '../../bridge/errors.js';
import { shownUrl } from '../project/shown-url.js';
import { answeredError, unexpectedAnswer } from './service-error.js';

/** Where requests go, and what they are made with. */
export interface ServiceMeans {
  /** As `serviceAddress` gives it. */
  readonly url: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  /** How long an answer may take that is no stream, in milliseconds. */
  readonly answerMs: number;
}

/**
 * Makes a request, and resolves once it is answered with success; the body may still be coming.
 *
 * @throws SandpoolError `SERVICE_UNREACHABLE`, `SERVICE_FAILED`, `CANCELLED` when `init.signal` aborts, and what the
 * service answers
 */
export async function request(means: ServiceMeans, url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${means.token}`);
  let response: Response;
  try {
    // Wherever it is sent on to, the token is not for there.
    response = await means.fetch(url, { ...init, headers, redirect: 'manual' });
  } catch (thrown) {
    throw lost(means.url, thrown, init.signal);
  }
  if (!response.ok) throw await answeredError(means.url, response);
  return response;
}

/** How long an answer may take: an upload takes what it takes. */
export type Patience = 'answer' | 'upload';

/**
 * As {@link request}, with the whole body there when it resolves: JSON, or nothing.
 *
 * @throws SandpoolError as {@link request}
 */
export async function requestJson(
  means: ServiceMeans,
  url: string,
  init: RequestInit = {},
  patience: Patience = 'answer',
): Promise<Response> {
  const timeout = patience === 'answer' ? AbortSignal.timeout(means.answerMs) : undefined;
  const signals = [timeout, init.signal].filter((signal) => signal instanceof AbortSignal);
  let text: string;
  let response: Response;
  try {
    response = await request(means, url, { ...init, signal: AbortSignal.any(signals) });
    text = await response.text();
  } catch (thrown) {
    if (thrown instanceof SandpoolError && thrown.code !== 'CANCELLED') throw thrown;
    if (init.signal?.aborted) throw new SandpoolError('CANCELLED', {}, { cause: thrown });
    if (!timeout?.aborted) throw lost(means.url, thrown);
    throw unreachable(means.url, `there was no answer within ${means.answerMs} ms`, thrown);
  }
  const { status, headers } = response;
  if (text === '') return new Response(null, { status, headers });
  try {
    JSON.parse(text);
  } catch (thrown) {
    throw unexpectedAnswer(means.url, 'its answer is not JSON', thrown);
  }
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}

/** For a connection that did not come about, or broke. */
export function lost(url: string, thrown: unknown, signal?: AbortSignal | null): SandpoolError {
  if (thrown instanceof SandpoolError) return thrown;
  if (signal?.aborted) return new SandpoolError('CANCELLED', {}, { cause: thrown });
  // `fetch failed` alone says nothing; why is in its cause.
  const inner = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  return unreachable(url, describe(inner), thrown);
}

export function unreachable(url: string, reason: string, cause?: unknown): SandpoolError {
  return new SandpoolError('SERVICE_UNREACHABLE', { url: shownUrl(url), reason }, { cause });
}
