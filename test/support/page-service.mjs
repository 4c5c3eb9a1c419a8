// A stand-in for the service, for working on its page: serves the built page under its content security policy, and
// answers the API from memory, checked against the API's own schemas. It runs no plugin; what it tells is made up.
// `node test/support/page-service.mjs [PORT]` after a build; it prints the address and a token.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Compile } from 'typebox/compile';
import { ROUTES } from '../../dist/main/server/api/routes.js';
import { PAGE_CONTENT_SECURITY_POLICY, readPageFiles } from '../../dist/main/server/page-files.js';
import { MadeUpRuns, Refusal } from './page-service-runs.mjs';

const HEARTBEAT_MS = 5000;
const patterns = Object.entries(ROUTES).map(([operation, route]) => ({
  operation,
  route,
  pattern: new RegExp(`^${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}));
const compiled = new Map();

/** Whether `value` is what the API says; the page must never be shown anything else. */
function check(schema, value, subject) {
  if (!compiled.has(schema)) compiled.set(schema, Compile(schema));
  const validator = compiled.get(schema);
  if (validator.Check(value)) return;
  const [first] = validator.Errors(value);
  throw new Refusal(400, 'INVALID_OPTION', `${subject}: ${JSON.stringify(first)}`);
}

/** Starts it. `speed`: how many times faster than life. */
export async function startStandIn({ port = 0, speed = 1 } = {}) {
  const files = await readPageFiles();
  const runs = new MadeUpRuns(speed);
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => refuse(response, error));
  });

  async function answer(request, response) {
    const url = new URL(request.url, 'http://localhost');
    const file = request.method === 'GET' ? files.get(url.pathname) : undefined;
    if (file !== undefined) {
      response.writeHead(200, {
        'content-type': file.contentType,
        'cache-control': file.cacheControl,
        etag: file.etag,
        'content-security-policy': PAGE_CONTENT_SECURITY_POLICY,
        'x-content-type-options': 'nosniff',
      });
      response.end(file.body);
      return;
    }
    const found = patterns.find(
      ({ route, pattern }) => route.method === request.method && pattern.test(url.pathname),
    );
    if (found === undefined) throw new Refusal(404, 'ROUTE_NOT_FOUND', `there is no ${url.pathname}`);
    const { operation, route, pattern } = found;
    const scopes = runs.scopesOf(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]);
    if (scopes === undefined)
      throw new Refusal(
        401,
        'TOKEN_REFUSED',
        'the token is not known here',
        'make one with `sandpool token create`',
      );
    if (!scopes.includes(route.scope))
      throw new Refusal(403, 'SCOPE_MISSING', `this needs the scope ${route.scope}`);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const body = route.body === undefined ? bytes : JSON.parse(bytes.toString());
    if (route.body !== undefined) check(route.body, body, 'the body');
    const input = {
      params: pattern.exec(url.pathname).groups ?? {},
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body,
      scopes,
    };
    if (200 in route.gives && route.gives[200] === 'text/event-stream') {
      stream(operation, input, response);
      return;
    }
    const { status = 200, value } = await runs[operation](input);
    if (route.gives[status] === null) response.writeHead(status).end();
    else {
      check(route.gives[status], value, operation);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    }
  }

  function stream(operation, { params, query, headers }, response) {
    const after = headers['last-event-id'] ?? query.after;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const heartbeat = setInterval(() => response.write(': here\n\n'), HEARTBEAT_MS);
    response.write(': here\n\n');
    const stop = runs.follow(
      operation,
      params.id,
      after === undefined ? undefined : Number(after),
      (events) => {
        const text = events.map(
          (event) => `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
        );
        response.write(text.join(''));
      },
    );
    response.on('close', () => {
      clearInterval(heartbeat);
      stop();
    });
  }

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    runs,
    breakConnections: () => server.closeAllConnections(),
    async close() {
      runs.close();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function refuse(response, error) {
  const { status = 500, code = 'INTERNAL', hint } = error;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = {
    type: `urn:sandpool:error:${code}`,
    title: 'Not done',
    status,
    detail: error.message,
    code,
    ...(hint === undefined ? {} : { hint }),
    details: {},
  };
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, runs } = await startStandIn({ port: Number(process.argv[2] ?? 8099) });
  console.log(`${url}  token: ${runs.tokens.admin}`);
}
