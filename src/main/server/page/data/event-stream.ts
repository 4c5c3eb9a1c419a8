// Follows server-sent events by `fetch`, since an EventSource cannot send a token: resumes behind the last event after
// the connection broke, and waits longer each time it cannot be made.

import { createParser } from 'eventsource-parser';
import { ProblemError, problemOf } from './problem.js';

/** Of the connection. */
export type StreamState = 'connecting' | 'live' | 'waiting';

/** What to follow. */
export interface StreamOptions {
  readonly url: string;
  readonly token: string;
  /** Only events behind this one. */
  readonly after?: number;
  readonly signal: AbortSignal;
  /** The data of one event. Reading goes on when what it gives is settled. */
  readonly onData: (data: string) => void;
  readonly onState?: (state: StreamState) => void;
  /** Settles when more can be taken: this is what slows a reader that cannot keep up. */
  readonly ready?: () => Promise<void>;
  /** Settles after so many milliseconds, or when the signal is aborted. */
  readonly pause?: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_DELAY_MS = 500;
const MOST_DELAY_MS = 15_000;
/** Heartbeats come much more often. */
const SILENCE_MS = 90_000;

/** Follows until `signal` is aborted. @throws ProblemError when it is refused for good */
export async function followEvents(options: StreamOptions): Promise<void> {
  const { signal, onState, pause = paused } = options;
  let lastId = options.after === undefined ? undefined : String(options.after);
  let delayMs = FIRST_DELAY_MS;
  while (!signal.aborted) {
    onState?.('connecting');
    try {
      await readOnce(options, lastId, (id) => {
        if (id !== undefined) lastId = id;
        delayMs = FIRST_DELAY_MS;
      });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ProblemError && isFinal(error.problem.status)) throw error;
    }
    if (signal.aborted) return;
    onState?.('waiting');
    // Many pages must not come back in step after a restart.
    await pause(delayMs * (0.75 + Math.random() / 2), signal);
    delayMs = Math.min(MOST_DELAY_MS, delayMs * 2);
  }
}

async function readOnce(
  { url, token, signal, onData, onState, ready }: StreamOptions,
  lastId: string | undefined,
  onEvent: (id: string | undefined) => void,
): Promise<void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const parser = createParser({
    onEvent: ({ id, data }) => {
      onEvent(id);
      onData(data);
    },
  });
  try {
    const response = await fetch(url, {
      headers: {
        accept: 'text/event-stream',
        authorization: `Bearer ${token}`,
        ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
      },
      credentials: 'omit',
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok || response.body === null) throw await problemOf(response);
    onState?.('live');
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      parser.feed(value);
      await ready?.();
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Asking again would not help: not signed in, not allowed, not there. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function paused(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}
