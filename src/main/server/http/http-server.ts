// The HTTP side of the service: fastify with the routes of the API, and everything that stands before them.

import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { SandpoolError } from '../../../bridge/errors.js';
import { requireOneReading, requireSource } from '../access/index.js';
import { documentRoutes, fastifySchemaOf } from '../api/document.js';
import { type Operation, ROUTES, type Route } from '../api/index.js';
import type { PageFile } from '../page-files.js';
import type { Service } from '../service/service.js';
import { BodyRoom } from './body-room.js';
import { bundleHandlers } from './bundle-handlers.js';
import { Caller } from './caller.js';
import { eventHandlers } from './event-handlers.js';
import { EventHub } from './event-hub.js';
import { type Call, type Handler, type Handlers, STREAMED } from './handler.js';
import { Metrics } from './metrics.js';
import { pluginHandlers } from './plugin-handlers.js';
import { errorOf, PROBLEM_TYPE, problemOf } from './problem.js';
import { awaitsBody, limitBodyTime, limitSilence, requireMediaType, SILENCE_MS } from './request-body.js';
import { RequestTokens } from './request-token.js';
import { batchHandlers, runHandlers } from './run-handlers.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { serviceHandlers } from './service-handlers.js';
import { TokenIndex } from './token-index.js';
import { HEADER_BYTES, refuseConnection, unreadableError } from './unread-requests.js';
import { validatorCompiler } from './validation.js';

/** What a server is made of. */
export interface HttpServerParts {
  readonly service: Service;
  readonly version: string;
  /** The files of the page, by path. */
  readonly page: ReadonlyMap<string, PageFile>;
}

/** A server that listens. */
export interface HttpServer {
  /** Where it listens. */
  readonly address: { readonly host: string; readonly port: number };
  /** Takes no more requests, and ends the event streams. */
  close(): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 10_000;
/** How often it is looked for connections that take too long. */
const CONNECTIONS_CHECK_MS = 1000;
/** Of a whole request, the upload of a large bundle over a slow line included. */
const REQUEST_TIMEOUT_MS = 15 * 60_000;
const KEEP_ALIVE_MS = 60_000;
/** For answers under way when the server is closed. */
const CLOSE_MS = 2_000;
/** Beside those that read events. */
const OTHER_CONNECTIONS = 256;
const PREFLIGHT_SECONDS = 600;
const UPLOAD_TYPES = [...new Set(Object.values<Route>(ROUTES).flatMap(({ upload = [] }) => upload))];

/**
 * Serves `service`.
 * @throws SandpoolError LISTEN_FAILED
 */
export async function startHttpServer(parts: HttpServerParts): Promise<HttpServer> {
  const { service, version, page } = parts;
  const { configuration, logger, store } = service;
  const { listen, requests } = configuration;
  const tokens = new RequestTokens(store);
  const owners = new TokenIndex(store);
  const hub = new EventHub(store, requests.eventStreams, (event) => owners.of(event));
  const metrics = new Metrics(service, hub);
  service.observers.add(metrics);
  const headersTimeout = Math.min(HEADERS_TIMEOUT_MS, requests.timeoutMs);
  const server = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: requests.bodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    return503OnClosing: false,
    connectionTimeout: SILENCE_MS,
    // Without one, the answer is ours.
    http: {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      requireHostHeader: false,
    },
    clientErrorHandler: (error, socket) =>
      refuseConnection(socket, unreadableError(error, headersTimeout), socket.bytesWritten > 0),
    // Addresses that cannot be read get here without passing any hook.
    frameworkErrors: (error, request, reply) => {
      const problem = refusalOf(() => requireTrueSource(request)) ?? error;
      void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
      void reply.header('connection', 'close');
      answerProblem(problem, request, reply, requests.bodyBytes);
    },
  });
  const requireTrueSource = ({ raw }: FastifyRequest): void => {
    requireOneReading(raw);
    requireSource(raw.headers, configuration, localPort(server));
  };
  server.server.maxConnections = requests.eventStreams + OTHER_CONNECTIONS;
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, requests.bodyBytes));
  // Uploads are passed on as they come.
  server.removeContentTypeParser('text/plain');
  server.addContentTypeParser(UPLOAD_TYPES, (_request, payload, done) => done(null, payload));

  // First of all, so that refusals have them too.
  await server.register(helmet, SECURITY_HEADERS);
  server.addHook('onRequest', async (request, reply) => {
    // Waiting for it would be waiting for the answer.
    void reply.header('cache-control', 'no-store');
    requireTrueSource(request);
  });
  // What is left of a body that nobody reads is no reason to keep a connection, and no request.
  server.addHook('onSend', async (request, reply) => {
    if (awaitsBody(request)) void reply.header('connection', 'close');
  });
  server.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    const about = {
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    };
    request.log[reply.statusCode >= 500 ? 'error' : 'debug'](about, 'a request was answered');
  });
  // Pages of the origins that are let in may read what they are answered.
  await server.register(cors, {
    origin: [...configuration.origins],
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'idempotency-key', 'last-event-id'],
    exposedHeaders: ['retry-after'],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: true,
  });
  await server.register(rateLimit, {
    max: requests.perMinute,
    timeWindow: '1 minute',
    // Whoever sends no valid token shares what its address has.
    keyGenerator: (request) => tokens.of(request)?.id ?? `address ${request.ip}`,
    errorResponseBuilder: (_request, { max }) => new SandpoolError('RATE_LIMITED', { limit: max }),
  });
  // Before the body is read, and counted.
  const countRequest = server.rateLimit();
  server.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    await countRequest.call(server, request, reply);
    throw notFound(request);
  });
  server.setNotFoundHandler((request) => {
    throw notFound(request);
  });
  await documentRoutes(server, version);

  registerApi(server, service, tokens, {
    ...serviceHandlers(service, version),
    ...pluginHandlers(service),
    ...bundleHandlers(service),
    ...runHandlers(service),
    ...batchHandlers(service),
    ...eventHandlers(service, hub),
  });
  registerOwn(server, service, tokens, metrics);
  for (const [path, file] of page) {
    server.get(path, { schema: { hide: true } }, (request, reply) => answerFile(file, request, reply));
  }

  try {
    await server.listen({ ...listen, exclusive: true });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new SandpoolError('LISTEN_FAILED', { ...listen, reason }, { cause: error });
  }
  return {
    address: { host: listen.host, port: localPort(server) },
    close: async () => {
      hub.close();
      service.observers.delete(metrics);
      // Connections that clients keep for their next request, and those that never end one.
      const patience = setTimeout(() => server.server.closeAllConnections(), CLOSE_MS);
      await server.close();
      clearTimeout(patience);
    },
  };
}

function registerApi(
  server: FastifyInstance,
  service: Service,
  tokens: RequestTokens,
  handlers: Handlers,
): void {
  const room = new BodyRoom(service.configuration.requests.bodyBytes);
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const handler = handlers[name as Operation] as Handler<Operation>;
    server.route({
      method: route.method,
      url: route.path,
      schema: fastifySchemaOf(name, route),
      // Before the body is read: nobody without a token has the service read one, and guesses are counted too.
      onRequest: [
        server.rateLimit(),
        async (request, reply) => {
          const caller = Caller.of(tokens.of(request), route.scope, service);
          callers.set(request, caller);
          requireMediaType(request, route);
          const { timeoutMs } = service.configuration.requests;
          if (route.upload === undefined) {
            room.take(request, reply, caller.token.id);
            limitBodyTime(request, reply, timeoutMs);
          } else limitSilence(request, timeoutMs);
        },
      ],
      handler: async (request, reply) => {
        const answer = await handler(callOf(request, reply, route, service));
        if (answer === STREAMED) return reply;
        return reply.code(answer.status).send(answer.body);
      },
    });
  }
}

const callers = new WeakMap<FastifyRequest, Caller>();

function callOf(
  request: FastifyRequest,
  reply: FastifyReply,
  route: Route,
  service: Service,
): Call<Operation> {
  const caller = callers.get(request);
  if (caller === undefined) throw new SandpoolError('UNAUTHENTICATED');
  const { params, query, headers } = request;
  return {
    caller,
    request,
    reply,
    params,
    query,
    headers,
    body: route.upload === undefined ? request.body : undefined,
    stream: request.raw,
    get signal() {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort(new SandpoolError('CANCELLED')));
      return AbortSignal.any([gone.signal, service.closing]);
    },
  } as unknown as Call<Operation>;
}

/** Beside the API: whether it lives, whether it takes work, what it measures, and what the API is. */
function registerOwn(
  server: FastifyInstance,
  service: Service,
  tokens: RequestTokens,
  metrics: Metrics,
): void {
  const hidden = { schema: { hide: true } };
  server.get('/healthz', { ...hidden, config: { rateLimit: false } }, () => ({ status: 'ok' }));
  server.get('/readyz', { ...hidden, config: { rateLimit: false } }, () => {
    service.requireOpen();
    return { status: 'ready' };
  });
  server.get('/metrics', hidden, async (request, reply) => {
    Caller.of(tokens.of(request), 'read', service);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  server.get('/v1/openapi.json', hidden, () => server.swagger());
}

function answerFile(
  { body, contentType, cacheControl, etag }: PageFile,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  void reply.header('cache-control', cacheControl).header('etag', etag);
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(contentType).send(body);
}

function answerProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  limitBytes: number,
): void {
  const error = errorOf(thrown, limitBytes);
  if (error.httpStatus >= 500) request.log.error({ err: thrown, code: error.code }, 'a request failed');
  if (error.code === 'UNAUTHENTICATED') void reply.header('www-authenticate', 'Bearer');
  void reply.code(error.httpStatus).type(PROBLEM_TYPE).send(problemOf(error));
}

function notFound({ method, url }: FastifyRequest): SandpoolError {
  const path = url.split('?')[0]?.slice(0, 200) ?? '';
  return new SandpoolError('ROUTE_NOT_FOUND', { method, path });
}

/** What `check` throws, if it does. */
function refusalOf(check: () => void): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    return error;
  }
}

function localPort(server: FastifyInstance): number {
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
