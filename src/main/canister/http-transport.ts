// The HTTP side of a network: shared connections, and repeating what may be repeated. A request that may
// already have been received is repeated only if it changes nothing; everything else is repeated only when
// it certainly was not taken on.
import { setTimeout as wait } from 'node:timers/promises';
// Not the whole package: what else is in it takes longer to load than all of this folder.
import Connections from 'undici/lib/dispatcher/agent.js';
import {
  type ExchangeLimits,
  exchange,
  HttpFailure,
  type HttpRequest,
  type HttpResponse,
} from './http-exchange.js';
import { InFlightLimit, type Turn } from './in-flight-limit.js';

/** How the transport behaves; all times in milliseconds. */
export interface TransportOptions {
  /** Connections to the network at most. One connection serves one request at a time. */
  readonly connections: number;
  /** For one request, from its start to the end of its answer. */
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** How often a request is sent at most while the network says that it is busy (429, 503). */
  readonly busyAttempts: number;
  /** How often a request is sent at most while no connection comes about, or it breaks. */
  readonly connectionAttempts: number;
  /** The first pause before a repetition; it doubles each time, up to {@link longestPauseMs}. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** The longest `Retry-After` that is waited for; a longer one ends the attempts. */
  readonly longestRetryAfterMs: number;
}

/** Whether a request that may have been received may be sent again. */
export type Repetition = 'harmless' | 'only-if-not-received';

/** The largest answer that is read. Replies are at most 3 MiB; certificates add little. */
const RESPONSE_BYTES = 16 * 1024 * 1024;
const BUSY = new Set([429, 503]);
const GATEWAY_TROUBLE = new Set([502, 504]);

/** Connections to the networks that one client talks to. */
export class HttpTransport {
  readonly #options: TransportOptions;
  readonly #connections: Connections;
  readonly #limits: ExchangeLimits;
  readonly #inFlight: InFlightLimit;
  readonly #closing = new AbortController();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#limits = { timeoutMs: options.requestTimeoutMs, responseBytes: RESPONSE_BYTES };
    this.#inFlight = new InFlightLimit(options.connections);
    this.#connections = new Connections({
      connections: options.connections,
      pipelining: 1,
      connect: { timeout: options.connectTimeoutMs },
    });
  }

  /**
   * The answer to `request`, after as many attempts as its nature allows. A network that stays busy is
   * answered with its last answer.
   *
   * @throws HttpFailure
   */
  async send(request: HttpRequest, repetition: Repetition): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#attempt(request);
      const pauseMs = this.#pauseBefore(attempt + 1, outcome, repetition);
      if (pauseMs === undefined) {
        if (outcome instanceof HttpFailure) throw outcome;
        return outcome;
      }
      await this.#pause(pauseMs, request);
    }
  }

  /** Closes all connections; requests under way fail. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connections.destroy();
  }

  async #attempt(request: HttpRequest): Promise<HttpResponse | HttpFailure> {
    const turn = await this.#turn(request);
    if (turn instanceof HttpFailure) return turn;
    let answer: 'taken' | 'busy' = 'taken';
    try {
      const response = await exchange(this.#connections, request, this.#limits);
      if (BUSY.has(response.status)) answer = 'busy';
      return response;
    } catch (error) {
      if (error instanceof HttpFailure) return error;
      throw error;
    } finally {
      turn.end(answer);
    }
  }

  async #turn(request: HttpRequest): Promise<Turn | HttpFailure> {
    try {
      return await this.#inFlight.turn(() => this.#stopOf(request));
    } catch (error) {
      if (!this.#stopOf(request).aborted) throw error;
      return stoppedBefore(request);
    }
  }

  /** Aborts when the request is to be stopped while nothing of it has been sent. */
  #stopOf(request: HttpRequest): AbortSignal {
    const signals = [this.#closing.signal, request.signal, request.sendSignal];
    return AbortSignal.any(signals.filter((one) => one !== undefined));
  }

  /** How long to wait before the given attempt; `undefined` when there is to be none. */
  #pauseBefore(
    attempt: number,
    outcome: HttpResponse | HttpFailure,
    repetition: Repetition,
  ): number | undefined {
    const { busyAttempts, connectionAttempts } = this.#options;
    if (this.#closing.signal.aborted) return undefined;
    if (outcome instanceof HttpFailure) {
      const repeatable = outcome.sent === 'certainly-not' || repetition === 'harmless';
      const temporary = outcome.kind === 'unreachable' || outcome.kind === 'broken';
      return repeatable && temporary && attempt <= connectionAttempts ? this.#backoff(attempt) : undefined;
    }
    if (GATEWAY_TROUBLE.has(outcome.status)) {
      return repetition === 'harmless' && attempt <= connectionAttempts ? this.#backoff(attempt) : undefined;
    }
    if (!BUSY.has(outcome.status) || attempt > busyAttempts) return undefined;
    const askedMs = retryAfterMs(outcome.headers['retry-after']);
    if (askedMs === undefined) return this.#backoff(attempt);
    return askedMs <= this.#options.longestRetryAfterMs ? askedMs : undefined;
  }

  // Half of the pause is left to chance, so that many callers who were refused at once do not return at once.
  #backoff(attempt: number): number {
    const { firstPauseMs, longestPauseMs } = this.#options;
    const fullMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 2));
    return fullMs * (0.5 + Math.random() / 2);
  }

  async #pause(pauseMs: number, request: HttpRequest): Promise<void> {
    const signal = this.#stopOf(request);
    try {
      await wait(pauseMs, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      throw stoppedBefore(request);
    }
  }
}

function stoppedBefore({ url }: HttpRequest): HttpFailure {
  return new HttpFailure('stopped', 'certainly-not', url.href, 'it was stopped');
}

function retryAfterMs(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  const seconds = Number(header);
  const milliseconds = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
