// Following events over as many connections as it takes: each event once, and none left out.

import { SandpoolError } from '../../bridge/errors.js';
import { eventStream } from './event-stream.js';
import type { ServiceEvent } from './generated/operations.js';
import { Attempts, REAL_WAITING, type Waiting } from './retrying.js';
import { type ServiceMeans, unreachable } from './service-fetch.js';

/** What is followed: one batch and its runs, one run, or all that the token may see. */
export type Followed = { readonly batch: string } | { readonly run: string } | { readonly all: true };

/** How it is followed. */
export interface FollowOptions {
  /**
   * The sequence of an event: only later ones are told.
   * @default from the beginning of a batch or run; for all, from now on
   */
  readonly after?: number;
  /** Ends the following, with `CANCELLED`. */
  readonly signal?: AbortSignal;
  /**
   * After so long without a sign of life the connection is made anew, in milliseconds. The service gives one every 15
   * seconds.
   * @default 45,000
   */
  readonly silenceMs?: number;
  /**
   * After so long without an answer it is given up, in milliseconds.
   * @default 300,000
   */
  readonly giveUpMs?: number;
}

export const FOLLOW_DEFAULTS = Object.freeze({ silenceMs: 45_000, giveUpMs: 300_000 });

/**
 * The events of what is followed, in order. Ends behind the last one of a batch or run.
 *
 * @throws SandpoolError `SERVICE_UNREACHABLE` when it is given up, `CANCELLED`, and what the service answers
 */
export async function* followEvents(
  means: ServiceMeans,
  followed: Followed & FollowOptions,
  waiting: Waiting = REAL_WAITING,
): AsyncGenerator<ServiceEvent, void, void> {
  const {
    signal,
    after,
    silenceMs = FOLLOW_DEFAULTS.silenceMs,
    giveUpMs = FOLLOW_DEFAULTS.giveUpMs,
  } = followed;
  const attempts = new Attempts(giveUpMs, waiting);
  const told = new ToldEvents(after);
  for (;;) {
    let error: SandpoolError;
    try {
      const onHeard = (): void => attempts.succeeded();
      const options = { path: pathOf(followed), after: told.latest, silenceMs, signal, onHeard };
      for await (const event of eventStream(means, options)) {
        if (!told.add(event.sequence)) continue;
        yield event;
        if (isLast(event, followed)) return;
      }
      error = unreachable(means.url, 'it ended the stream of events');
    } catch (thrown) {
      error = SandpoolError.from(thrown);
    }
    if (signal?.aborted) throw new SandpoolError('CANCELLED', {}, { cause: error });
    await attempts.failed(error, signal);
  }
}

function pathOf(followed: Followed): string {
  if ('batch' in followed) return `/v1/batches/${encodeURIComponent(followed.batch)}/events`;
  if ('run' in followed) return `/v1/runs/${encodeURIComponent(followed.run)}/events`;
  return '/v1/events';
}

function isLast(event: ServiceEvent, followed: Followed): boolean {
  if ('batch' in followed) return event.type === 'batch-finished' && event.batch === followed.batch;
  if (!('run' in followed)) return false;
  return (event.type === 'run-finished' || event.type === 'run-interrupted') && event.run === followed.run;
}

/** How many events are remembered one by one. */
const REMEMBERED = 4096;

/** Which events were told. Those long ago are all taken for told. */
class ToldEvents {
  /** The greatest sequence that was told, to go on behind. */
  latest: number | undefined;
  /** Up to here nothing is told any more. */
  #floor: number;
  readonly #recent = new Set<number>();

  constructor(after: number | undefined) {
    this.latest = after;
    this.#floor = after ?? Number.NEGATIVE_INFINITY;
  }

  /** @returns whether it is new */
  add(sequence: number): boolean {
    if (sequence <= this.#floor || this.#recent.has(sequence)) return false;
    this.#recent.add(sequence);
    this.latest = Math.max(sequence, this.latest ?? sequence);
    const [oldest] = this.#recent;
    if (this.#recent.size > REMEMBERED && oldest !== undefined) {
      this.#recent.delete(oldest);
      this.#floor = Math.max(this.#floor, oldest);
    }
    return true;
  }
}
