// One HTTP request and its answer. What sets it apart from `fetch`: it tells whether a request that failed
// had been sent at all, bounds the answer, and lets go at once when told to.
import type { Dispatcher } from 'undici';
import { describe } from '../../bridge/errors.js';

/** A request to make. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** Stops the request in any state. */
  readonly signal?: AbortSignal | undefined;
  /** Stops the request as long as nothing of it has been sent. */
  readonly sendSignal?: AbortSignal | undefined;
}

/** A whole answer. */
export interface HttpResponse {
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** How much time and memory one exchange may take. */
export interface ExchangeLimits {
  readonly timeoutMs: number;
  readonly responseBytes: number;
}

/** Why there is no answer. */
export type HttpFailureKind = 'stopped' | 'unreachable' | 'broken' | 'timeout' | 'too-large';

/** A request that got no answer. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';

  constructor(
    readonly kind: HttpFailureKind,
    /** `certainly-not`: the other side cannot have received the request. */
    readonly sent: 'certainly-not' | 'perhaps',
    readonly url: string,
    reason: string,
    cause?: unknown,
  ) {
    super(reason, { cause });
  }
}

/**
 * Sends `request` and waits for the whole answer, whatever its status.
 *
 * @throws HttpFailure
 */
export function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  limits: ExchangeLimits,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => new Exchange(request, limits, resolve, reject).start(dispatcher));
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #limits: ExchangeLimits;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (failure: HttpFailure) => void;
  readonly #chunks: Buffer[] = [];
  #receivedBytes = 0;
  #status = 0;
  #headers: HttpResponse['headers'] = {};
  #sent: HttpFailure['sent'] = 'certainly-not';
  #failure: HttpFailure | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    request: HttpRequest,
    limits: ExchangeLimits,
    resolve: (response: HttpResponse) => void,
    reject: (failure: HttpFailure) => void,
  ) {
    this.#request = request;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(dispatcher: Dispatcher): void {
    const { url, method, headers, body, signal, sendSignal } = this.#request;
    if (signal?.aborted || sendSignal?.aborted) {
      this.#fail('stopped', 'it was stopped');
      return;
    }
    signal?.addEventListener('abort', this.#onAbort);
    sendSignal?.addEventListener('abort', this.#onAbort);
    const { timeoutMs } = this.#limits;
    this.#timer = setTimeout(() => this.#fail('timeout', `no answer within ${timeoutMs} ms`), timeoutMs);
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...headers },
        body: body ?? null,
        // The timer above covers the whole exchange; these would only cover parts of it.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      this,
    );
  }

  readonly #onAbort = (): void => {
    if (this.#request.signal?.aborted || this.#sent === 'certainly-not')
      this.#fail('stopped', 'it was stopped');
  };

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown rather than aborted, which would close a connection that others can use.
    if (this.#failure) throw this.#failure;
    this.#sent = 'perhaps';
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpResponse['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    const { responseBytes } = this.#limits;
    if (this.#receivedBytes > responseBytes) {
      this.#fail('too-large', `the answer has more than ${responseBytes} bytes`);
    } else {
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    if (this.#failure) return;
    this.#release();
    const only = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: only ?? Buffer.concat(this.#chunks, this.#receivedBytes),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(this.#sent === 'certainly-not' ? 'unreachable' : 'broken', reasonOf(error), error);
  }

  #fail(kind: HttpFailureKind, reason: string, cause?: unknown): void {
    if (this.#failure) return;
    this.#failure = new HttpFailure(kind, this.#sent, this.#request.url.href, reason, cause);
    this.#release();
    this.#reject(this.#failure);
    this.#chunks.length = 0;
    if (this.#controller && !this.#controller.aborted) this.#controller.abort(this.#failure);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    this.#request.sendSignal?.removeEventListener('abort', this.#onAbort);
  }
}

// Connecting to a name with several addresses fails with one error for each and no message of its own.
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join('; ');
  return describe(error);
}
