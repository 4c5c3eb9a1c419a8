// The OpenAPI 3.1 document, made from the routes as they are registered.

import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { SandpoolError } from '../../../bridge/errors.js';
import { Problem } from './common.js';
import { type Json, withNamedSchemas } from './named-schemas.js';
import { ROUTES, type Route } from './routes.js';

/** To be registered before any route. */
export async function documentRoutes(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'sandpool',
        version,
        description: 'Runs Internet Computer sync plugins, many at once, each in a sandbox of its own',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
      tags: [...new Set(Object.values(ROUTES).map(({ tag }) => tag))].map((name) => ({ name })),
    },
    transformObject: (made) => {
      if (!('openapiObject' in made))
        throw new SandpoolError('INTERNAL', { reason: 'not an OpenAPI document' });
      // As the JSON it will be: schemas carry marks of their library, and one object may be in many places.
      const document: Record<string, Json> = JSON.parse(JSON.stringify(made.openapiObject));
      addUploads(document);
      return withNamedSchemas(document);
    },
  });
}

/** Bodies that are passed on as they come are no schema's business, so the document has not heard of them. */
function addUploads(document: Record<string, Json>): void {
  const paths = document['paths'] as Record<string, Record<string, Record<string, Json>>>;
  for (const { method, path, upload } of Object.values<Route>(ROUTES)) {
    const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    if (operation === undefined || upload === undefined) continue;
    const schema = { type: 'string', format: 'binary' };
    operation['requestBody'] = {
      required: true,
      content: Object.fromEntries(upload.map((mediaType) => [mediaType, { schema }])),
    };
  }
}

/** What fastify is told of a route: for checking, and for the document. */
export function fastifySchemaOf(operationId: string, route: Route): FastifySchema {
  const { summary, tag, params, query, headers, body, upload, gives } = route;
  const response: Record<string, unknown> = { default: { description: 'Not done', ...problemContent() } };
  for (const [status, given] of Object.entries(gives)) response[status] = responseOf(given);
  return {
    operationId,
    summary,
    tags: [tag],
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
    ...(upload === undefined ? {} : { consumes: [...upload] }),
    response,
  };
}

function problemContent(): object {
  return { content: { 'application/problem+json': { schema: Problem } } };
}

function responseOf(given: Route['gives'][number]): object {
  if (given === null || given === undefined) return { description: 'Done', type: 'null' };
  if (given === 'text/event-stream') {
    return {
      description: 'Server-sent events',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    };
  }
  return { description: 'Done', content: { 'application/json': { schema: given } } };
}
