// Checks requests by the schemas of the API. What comes in an address or a header is text, and is read as what its schema
// says; a body is taken as it is.

import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { SandpoolError } from '../../../bridge/errors.js';
import { excessOf } from './body-shape.js';

/** Where each part of a request is, in words. */
const PARTS: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the headers',
};

/** What fastify checks requests with. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const compiled = Compile(schema);
  const isText = httpPart !== 'body';
  return (data: unknown) => {
    const excess = isText ? undefined : excessOf(data);
    if (excess !== undefined) {
      return { error: new SandpoolError('REQUEST_INVALID', { where: PARTS['body'] ?? '', reason: excess }) };
    }
    const value = isText ? Value.Convert(schema, Value.Clone(data ?? {})) : data;
    if (compiled.Check(value)) return { value };
    const [first] = compiled.Errors(value);
    const path =
      first?.instancePath === undefined || first.instancePath === '' ? '' : ` at ${first.instancePath}`;
    const where = `${PARTS[httpPart] ?? httpPart}${path}`;
    return { error: new SandpoolError('REQUEST_INVALID', { where, reason: reasonOf(first) }) };
  };
};

function reasonOf(problem: { readonly message?: string; readonly params?: object } | undefined): string {
  if (problem?.message === undefined) return 'is not as the schema says';
  const { additionalProperties } = { additionalProperties: undefined, ...problem.params } as {
    additionalProperties?: readonly string[] | undefined;
  };
  const names = additionalProperties?.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 64)));
  return names === undefined ? problem.message : `${problem.message}: ${names.join(', ')}`;
}
