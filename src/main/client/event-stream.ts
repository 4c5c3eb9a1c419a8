// One connection that events come through, until it ends, breaks, or is silent for too long. Reads on only when what it
// has read is taken, so that a slow taker makes the sender wait and no memory grow.

import { createParser } from 'eventsource-parser';
import { SandpoolError } from '../../bridge/errors.js';
import type { ServiceEvent } from './generated/operations.js';
import { unexpectedAnswer } from './service-error.js';
import { lost, request, type ServiceMeans, unreachable } from './service-fetch.js';

/** The most that one event may have, in characters. */
const LONGEST_EVENT = 16 * 1024 * 1024;

/** A connection to make. */
export interface EventStreamOptions {
  /** The path of the stream. */
  readonly path: string;
  /** Only events behind this one. */
  readonly after: number | undefined;
  /** After so long without a byte the connection is given up, in milliseconds. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once the service has answered, and for all that comes. */
  readonly onHeard: () => void;
}

/** The kinds of events that this client knows; others may come from a newer service, and are passed over. */
const KINDS: Readonly<Record<ServiceEvent['type'], true>> = {
  'run-started': true,
  'run-computing': true,
  output: true,
  'call-started': true,
  'call-ended': true,
  'events-lost': true,
  'run-finished': true,
  'run-interrupted': true,
  'batch-created': true,
  'batch-finished': true,
};

/**
 * The events of one connection, as they come. Ends when the service ends it.
 *
 * @throws SandpoolError as `request` does; `SERVICE_UNREACHABLE` when it breaks or is silent; `SERVICE_FAILED` when it is
 * no stream of events
 */
export async function* eventStream(
  means: ServiceMeans,
  { path, after, silenceMs, signal, onHeard }: EventStreamOptions,
): AsyncGenerator<ServiceEvent, void, void> {
  const own = new AbortController();
  const silence = new Silence(silenceMs, () => own.abort());
  const either = signal === undefined ? own.signal : AbortSignal.any([signal, own.signal]);
  const failure = (thrown: unknown): SandpoolError => {
    if (signal?.aborted) return new SandpoolError('CANCELLED', {}, { cause: thrown });
    if (own.signal.aborted) return unreachable(means.url, `it was silent for ${silenceMs} ms`, thrown);
    return lost(means.url, thrown);
  };
  const headers = {
    accept: 'text/event-stream',
    ...(after === undefined ? {} : { 'last-event-id': `${after}` }),
  };
  try {
    const response = await silence.during(
      request(means, means.url + path, { headers, signal: either }),
      failure,
    );
    if (!/^text\/event-stream\b/.test(response.headers.get('content-type') ?? '') || response.body === null) {
      throw unexpectedAnswer(means.url, 'its answer is no stream of events');
    }
    onHeard();
    const reader = response.body.getReader();
    const parser = new EventParser(means.url);
    for (;;) {
      const { done, value } = await silence.during(reader.read(), failure);
      if (done) return;
      onHeard();
      yield* parser.feed(value);
    }
  } finally {
    // Whoever stops taking events lets go of the connection as well.
    own.abort();
  }
}

/** Notices when what is waited for takes too long. Time that the taker takes does not count. */
class Silence {
  readonly #milliseconds: number;
  readonly #onTooLong: () => void;

  constructor(milliseconds: number, onTooLong: () => void) {
    this.#milliseconds = milliseconds;
    this.#onTooLong = onTooLong;
  }

  async during<Value>(waiting: Promise<Value>, failure: (thrown: unknown) => SandpoolError): Promise<Value> {
    const timer = setTimeout(this.#onTooLong, this.#milliseconds);
    try {
      return await waiting;
    } catch (thrown) {
      throw failure(thrown);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Makes events out of bytes, wherever they are cut. */
class EventParser {
  readonly #url: string;
  readonly #decoder = new TextDecoder();
  #events: ServiceEvent[] = [];
  /** Why nothing that comes later can be taken. */
  #error: SandpoolError | undefined;
  readonly #parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ data }) => this.#take(data),
    onError: (error) => {
      if (error.type !== 'max-buffer-size-exceeded') return;
      this.#error ??= unexpectedAnswer(
        this.#url,
        `an event has more than ${LONGEST_EVENT} characters`,
        error,
      );
    },
  });

  constructor(url: string) {
    this.#url = url;
  }

  /** @throws SandpoolError SERVICE_FAILED behind the last event that could be read */
  *feed(bytes: Uint8Array): Generator<ServiceEvent, void, void> {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    const events = this.#events;
    this.#events = [];
    yield* events;
    if (this.#error !== undefined) throw this.#error;
  }

  #take(data: string): void {
    if (this.#error !== undefined) return;
    let value: Partial<ServiceEvent>;
    try {
      value = Object(JSON.parse(data));
    } catch (thrown) {
      this.#error = unexpectedAnswer(this.#url, 'an event is not JSON', thrown);
      return;
    }
    const { type, sequence } = value;
    if (typeof type !== 'string' || !Number.isSafeInteger(sequence)) {
      this.#error = unexpectedAnswer(this.#url, 'an event has no type or sequence');
      return;
    }
    if (Object.hasOwn(KINDS, type)) this.#events.push(value as ServiceEvent);
  }
}
