// The `fetch` that an agent is given: the transport's requests in the shape of the web's, with the signals of
// the call on whose behalf the agent fetches.
import { callContext } from './call-context.js';
import { HttpFailure, type HttpRequest, type HttpResponse } from './http-exchange.js';
import type { HttpTransport } from './http-transport.js';
import { contentText, type HttpAnswer } from './plugin-text.js';

const SUBMISSION = /\/call$/;

/**
 * Sends a request on behalf of the {@link callContext}: with its signals, and telling it what became of the request.
 *
 * @throws HttpFailure
 */
export async function sendInContext(
  transport: HttpTransport,
  request: Omit<HttpRequest, 'signal' | 'sendSignal'>,
): Promise<HttpResponse> {
  const context = callContext.getStore();
  const isSubmission = SUBMISSION.test(request.url.pathname);
  if (context) {
    // An agent may try another endpoint when the first refuses: only the last attempt counts.
    context.failure = undefined;
    context.refusal = undefined;
    if (isSubmission) context.onSubmission?.();
  }
  try {
    const response = await transport.send(
      { ...request, signal: context?.signal, sendSignal: context?.sendSignal },
      isSubmission ? 'only-if-not-received' : 'harmless',
    );
    if (context && response.status !== 200 && response.status !== 202) context.refusal = asRefusal(response);
    return response;
  } catch (error) {
    if (context && error instanceof HttpFailure) context.failure = error;
    throw error;
  }
}

/** A `fetch` over `transport`, with as much of it as the agent packages use. */
export function agentFetch(transport: HttpTransport): typeof fetch {
  return async (input, init) => {
    const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input);
    const response = await sendInContext(transport, {
      url,
      method: init?.method === 'POST' ? 'POST' : 'GET',
      headers: headersOf(init?.headers),
      body: init?.body instanceof Uint8Array ? init.body : undefined,
    });
    // Agents use the members below and no others; a real Response would copy each body through a stream.
    return new AgentResponse(url, response) as unknown as Response;
  };
}

function asRefusal({ status, headers, body }: HttpResponse): HttpAnswer {
  const contentType = [headers['content-type'] ?? ''].flat().join(', ');
  return { status, contentType, content: body };
}

class AgentResponse {
  readonly url: string;
  readonly status: number;
  readonly statusText = '';
  readonly headers: AnswerHeaders;
  readonly #body: Uint8Array;

  constructor(url: URL, response: HttpResponse) {
    this.url = url.href;
    this.status = response.status;
    this.headers = new AnswerHeaders(response.headers);
    this.#body = response.body;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  clone(): AgentResponse {
    return this;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Uint8Array(this.#body).buffer;
  }

  async text(): Promise<string> {
    return contentText(this.#body);
  }
}

/** The part of the web's `Headers` that agents use. The real one makes Node load its whole `fetch`. */
class AnswerHeaders {
  readonly #entries: ReadonlyMap<string, string>;

  constructor(headers: HttpResponse['headers']) {
    const entries = Object.entries(headers).filter(([, value]) => value !== undefined);
    this.#entries = new Map(entries.map(([name, value]) => [name, [value].flat().join(', ')]));
  }

  get(name: string): string | null {
    return this.#entries.get(name.toLowerCase()) ?? null;
  }

  forEach(callback: (value: string, name: string) => void): void {
    for (const [name, value] of this.#entries) callback(value, name);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#entries.entries();
  }
}

/** Agents hand over plain objects, or lists of pairs. */
function headersOf(headers: RequestInit['headers']): Record<string, string> {
  if (headers === undefined) return {};
  return Object.fromEntries(Symbol.iterator in headers ? headers : Object.entries(headers)) as Record<
    string,
    string
  >;
}
