// Turning whatever an agent throws into the one kind of failure, and working out what it means for an update.
import { briefly, distrustText, errorCodeName } from './agent-error.js';
import type { CallContext } from './call-context.js';
import { certificateInvalid } from './certificate.js';
import { CallFailure, type Rejection, type UpdateFate } from './client.js';
import type { HttpFailure } from './http-exchange.js';
import {
  type HttpAnswer,
  httpFailureText,
  invalidCborText,
  PLUGIN_TEXTS,
  rejectionText,
  transportFailureText,
} from './plugin-text.js';

const SERVICE_UNAVAILABLE = 503;

/** Why the call failed on whose behalf an agent threw `error`. */
export function failureOf(error: unknown, context: CallContext): CallFailure {
  if (error instanceof CallFailure) return error;
  if (isStopped(context)) return cancelled();
  const refusal = context.refusal ?? refusalIn(error);
  if (refusal) return refused(refusal, error);
  if (context.failure) return unanswered(context.failure);
  const distrust = distrustText(error);
  if (distrust) return certificateInvalid(context.canisterId, briefly(error), distrust, error);
  if (errorCodeName(error) === 'CborDecodeErrorCode') {
    return networkFailed('an answer is not valid CBOR', invalidCborText('malformed'), error);
  }
  const reason = briefly(error);
  const pluginText = `An error happened during communication with the replica: ${reason}`;
  return networkFailed(reason, pluginText, error);
}

/** What is known of an update that was about to be sent when it failed. */
export function fateOf(error: unknown, context: CallContext): UpdateFate {
  const refusal = context.refusal ?? refusalIn(error);
  if (refusal) return isRefusalBeforeExecution(refusal) ? 'not-sent' : 'unknown';
  return context.failure?.sent === 'certainly-not' ? 'not-sent' : 'unknown';
}

/** The failure of a call that a canister or the network rejected. */
export function rejected(rejection: Rejection): CallFailure {
  const pluginText = rejectionText(rejection);
  return new CallFailure({
    code: 'CANISTER_REJECTED',
    details: { reason: pluginText },
    pluginText,
    rejection,
  });
}

/** The failure of a call that its caller stopped. */
export function cancelled(): CallFailure {
  return new CallFailure({ code: 'CANCELLED', details: {}, pluginText: 'the call was cancelled' });
}

/** The failure of a call for a reason that has no row of its own. */
export function networkFailed(reason: string, pluginText: string, cause?: unknown): CallFailure {
  return new CallFailure({ code: 'NETWORK_FAILED', details: { reason }, pluginText, cause });
}

function isStopped(context: CallContext): boolean {
  if (context.signal?.aborted) return true;
  return Boolean(context.sendSignal?.aborted) && context.failure?.sent !== 'perhaps';
}

function refused(refusal: HttpAnswer, cause: unknown): CallFailure {
  const text = httpFailureText(refusal);
  return networkFailed(text, text, cause);
}

function unanswered(failure: HttpFailure): CallFailure {
  const { kind, url, message: reason } = failure;
  if (kind === 'stopped') return cancelled();
  const { origin } = new URL(url);
  if (kind === 'unreachable') {
    return new CallFailure({
      code: 'NETWORK_UNREACHABLE',
      details: { url: origin, reason },
      pluginText: transportFailureText(url),
      cause: failure,
    });
  }
  if (kind === 'too-large')
    return networkFailed(`${origin}: ${reason}`, PLUGIN_TEXTS.answerTooLarge, failure);
  const what = kind === 'timeout' ? `${origin}: ${reason}` : `the connection to ${origin} broke: ${reason}`;
  return networkFailed(what, transportFailureText(url), failure);
}

// An agent that somebody handed in fetches by itself: its error is all there is to go by.
function refusalIn(error: unknown): HttpAnswer | undefined {
  if (errorCodeName(error) !== 'HttpErrorCode') return undefined;
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'object' || code === null || !('status' in code)) return undefined;
  const body = 'bodyText' in code && typeof code.bodyText === 'string' ? code.bodyText : '';
  const headers = 'headers' in code && Array.isArray(code.headers) ? code.headers : [];
  const contentType = headers.find((header) => Array.isArray(header) && header[0] === 'content-type');
  return {
    status: Number(code.status),
    contentType: String(contentType?.[1] ?? ''),
    content: Buffer.from(body),
  };
}

function isRefusalBeforeExecution({ status }: HttpAnswer): boolean {
  return (status >= 400 && status < 500) || status === SERVICE_UNAVAILABLE;
}
