// The HTTP server of a network: bodies in, routes, checks every request must pass, faults of the exchange,
// answers out. What an endpoint does is in its own file.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Cbor } from '@icp-sdk/core/agent';
import { describe, SandpoolError } from '../../bridge/errors.js';
import { authenticate, checkExpiry } from './authentication.js';
import { serveCall } from './call-endpoint.js';
import { decodeEnvelope, type Envelope } from './envelope.js';
import { type AnswerFaultKind, type Fault, type FaultSubject, isAnswerFault } from './faults.js';
import type { Answer, Network } from './network.js';
import { serveQuery } from './query-endpoint.js';
import { methodOfReadState, serveReadState } from './read-state-endpoint.js';
import { Refusal } from './refusal.js';
import { checkEffectiveId, type Route, routeOf } from './routing.js';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const IMPLEMENTATION_VERSION = 'sandpool-localnet';

/** What is known of a request so far, for the callback. */
interface Trace {
  endpoint: 'status' | 'call' | 'query' | 'read_state' | 'unknown';
  canisterId?: string;
  method?: string;
  fault?: string;
}

/** A server that listens. */
export interface LocalnetServer {
  readonly port: number;
  /** Ends the server and every connection. */
  close(): Promise<void>;
}

/**
 * Serves `network` at its host and port.
 * @throws SandpoolError `LISTEN_FAILED`
 */
export async function listen(network: Network): Promise<LocalnetServer> {
  const server = createServer((request, response) => {
    void handle(network, request, response);
  });
  const { host, port } = network.options;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new SandpoolError('LISTEN_FAILED', { host, port, reason: describe(cause) }, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(network: Network, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = performance.now();
  const trace: Trace = { endpoint: 'unknown' };
  network.counters.httpRequests += 1;
  response.once('close', () => {
    const httpStatus = response.writableFinished ? response.statusCode : 0;
    network.options.onRequest({ ...trace, httpStatus, durationMs: performance.now() - startedMs });
  });
  try {
    await serve(network, request, response, trace);
  } catch (error) {
    if (response.destroyed || response.headersSent) return;
    network.counters.refused += 1;
    const httpStatus = error instanceof Refusal ? error.httpStatus : 500;
    send(response, { httpStatus, body: error instanceof Refusal ? error.message : describe(error) });
  }
}

async function serve(
  network: Network,
  request: IncomingMessage,
  response: ServerResponse,
  trace: Trace,
): Promise<void> {
  const body = await readBody(request);
  const [path = '/'] = (request.url ?? '/').split('?');
  const route = routeOf(request.method ?? '', path);
  if (route === undefined) throw new Refusal(404, `there is nothing at ${path}`);
  trace.endpoint = route.endpoint;
  if (route.endpoint !== 'status' && !isCbor(request)) {
    throw new Refusal(415, 'Unexpected content-type, expected application/cbor.');
  }
  const envelope = route.endpoint === 'status' ? undefined : decodeEnvelope(body);
  const subject = subjectOf(network, route, envelope);
  if (subject.canisterId !== undefined) trace.canisterId = subject.canisterId;
  if (subject.method !== undefined) trace.method = subject.method;
  const fault = network.faults.take(subject);
  if (fault !== undefined) trace.fault = fault.kind;
  if (fault === undefined || isAnswerFault(fault)) {
    send(response, await answer(network, route, envelope, fault?.kind as AnswerFaultKind | undefined));
    return;
  }
  if (fault.moment === 'after') await answer(network, route, envelope, undefined);
  failExchange(response, fault);
}

async function answer(
  network: Network,
  route: Route,
  envelope: Envelope | undefined,
  fault: AnswerFaultKind | undefined,
): Promise<Answer> {
  if (route.endpoint === 'status' || envelope === undefined) return statusAnswer(network);
  const nowMs = Date.now();
  checkExpiry(envelope, nowMs);
  authenticate(envelope, nowMs);
  const { content } = envelope;
  if (content.requestType !== route.endpoint) {
    throw new Refusal(400, `a request of type ${content.requestType} was sent to ${route.endpoint}`);
  }
  if (content.requestType === 'read_state') {
    return serveReadState(network, route, envelope, content, fault);
  }
  checkEffectiveId(network, route, content);
  return content.requestType === 'query'
    ? serveQuery(network, envelope, content, fault)
    : serveCall(network, route, envelope, content, fault);
}

function statusAnswer(network: Network): Answer {
  const body = Cbor.encode({
    impl_version: IMPLEMENTATION_VERSION,
    replica_health_status: 'healthy',
    root_key: network.keys.root.publicKeyDer,
  });
  return { httpStatus: 200, body };
}

function subjectOf(network: Network, route: Route, envelope: Envelope | undefined): FaultSubject {
  if (route.endpoint === 'status' || envelope === undefined) return { endpoint: 'status' };
  const { content } = envelope;
  const isReadState = content.requestType === 'read_state';
  // A call to the management canister is about the canister in the URL.
  const canisterId = route.id.toText();
  return {
    endpoint: route.endpoint,
    canisterId,
    canisterName: network.host.find(canisterId)?.name,
    method: isReadState ? methodOfReadState(network, content) : content.method,
  };
}

function failExchange(response: ServerResponse, fault: Fault): void {
  switch (fault.kind) {
    case 'http-429':
    case 'http-503': {
      const httpStatus = fault.kind === 'http-429' ? 429 : 503;
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', fault.retryAfterSeconds);
      send(response, { httpStatus, body: httpStatus === 429 ? 'Too Many Requests' : 'Service Unavailable' });
      return;
    }
    case 'dropped-connection':
      response.destroy();
      return;
    default:
      // 'no-reply': the connection stays open until the client or the network ends it.
      return;
  }
}

function isCbor(request: IncomingMessage): boolean {
  // Asking for this type also keeps web pages out: they may not send it to another origin.
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/cbor';
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when left early, so that the refusal can still be sent; the server drains the rest.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new Refusal(413, `a request may have at most ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  // Not a Buffer, whose `slice` shares memory where the decoder expects a copy.
  return new Uint8Array(Buffer.concat(chunks, bytes));
}

function send(response: ServerResponse, { httpStatus, body }: Answer): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes.length > 0) {
    response.setHeader(
      'content-type',
      typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/cbor',
    );
  }
  response.setHeader('content-length', bytes.length);
  response.writeHead(httpStatus);
  response.end(bytes);
}
