// What a service says went wrong, as an error of this program.

import { ERRORS, type ErrorCode, type ErrorDetails, SandpoolError } from '../../bridge/errors.js';
import { printable } from '../project/shown-text.js';
import { shownUrl } from '../project/shown-url.js';

const LONGEST_TEXT = 500;

/** The answer behind an error: its cause, when a service answered at all. */
export class ServiceAnswer extends Error {
  readonly status: number;
  /** When to ask again, if it said so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, retryAfterMs: number | undefined) {
    super(`status ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The error of an answer that is no success. */
export async function answeredError(url: string, response: Response): Promise<SandpoolError> {
  const cause = new ServiceAnswer(response.status, retryAfterMs(response.headers.get('retry-after')));
  let text = '';
  try {
    text = await response.text();
  } catch {
    // The status says what there is to say.
  }
  const { code, details, detail } = problemIn(response.headers.get('content-type'), text);
  if (code !== undefined && isErrorCode(code)) return new SandpoolError(code, details, { cause });
  const said = detail ?? shortened(text);
  const reason = `status ${response.status}${said === '' ? '' : `: ${said}`}`;
  return new SandpoolError(
    'SERVICE_FAILED',
    { url: shownUrl(url), status: response.status, reason },
    { cause },
  );
}

/** The error of an error that a service reports about a run. */
export function reportedError(
  url: string,
  {
    code,
    details,
    message,
  }: { readonly code: string; readonly details: ErrorDetails; readonly message: string },
): SandpoolError {
  if (isErrorCode(code)) return new SandpoolError(code, details);
  const reason = `${printable(code)}: ${shortened(message)}`;
  return new SandpoolError('SERVICE_FAILED', { url: shownUrl(url), reason });
}

/** For an answer that is not what this client understands. */
export function unexpectedAnswer(url: string, reason: string, cause?: unknown): SandpoolError {
  return new SandpoolError('SERVICE_FAILED', { url: shownUrl(url), reason }, { cause });
}

/** Whether trying again may help: nobody answered, or somebody who is busy or about to be back. */
export function isPassing(error: SandpoolError): boolean {
  if (error.code === 'SERVICE_UNREACHABLE') return true;
  return error.cause instanceof ServiceAnswer && [408, 425, 429, 502, 503, 504].includes(error.cause.status);
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly details: ErrorDetails;
}

function problemIn(mediaType: string | null, text: string): Problem {
  if (!/^application\/(?:problem\+)?json\b/.test(mediaType ?? '')) return { details: {} };
  let problem: Record<string, unknown>;
  try {
    problem = Object(JSON.parse(text));
  } catch {
    return { details: {} };
  }
  const { code, detail, details } = problem;
  const plain = Object.entries(Object(details)).filter(([, value]) =>
    /^(?:string|number|boolean)$/.test(typeof value),
  );
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof detail === 'string' ? { detail: shortened(detail) } : {}),
    details: Object.fromEntries(plain) as ErrorDetails,
  };
}

function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value) * 1000;
  const until = Date.parse(value);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}

function shortened(text: string): string {
  return printable(text.trim().slice(0, LONGEST_TEXT));
}
