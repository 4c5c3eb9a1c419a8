// The schemas of the OpenAPI document by their titles: each is written once, under `components`, and referred to. What
// reads the document, a generator of clients above all, then knows the same types by the same names as this program.

import { isDeepStrictEqual } from 'node:util';
import { SandpoolError } from '../../../bridge/errors.js';

/** JSON, as far as it matters here. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * `document` with every schema that has a title in `components.schemas`, under that title.
 *
 * @throws SandpoolError `INTERNAL` when two schemas differ and have one title
 */
export function withNamedSchemas(document: Record<string, Json>): Record<string, Json> {
  const schemas: Record<string, Json> = {};
  const rewritten = Object.fromEntries(
    Object.entries(document).map(([key, value]) => [key, key === 'info' ? value : referring(value, schemas)]),
  );
  const sorted = Object.fromEntries(
    Object.entries(schemas).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
  const components = rewritten['components'] as Record<string, Json> | undefined;
  return { ...rewritten, components: { ...components, schemas: sorted } };
}

/** `value` with references in place of the titled schemas in it, which are added to `schemas`. */
function referring(value: Json, schemas: Record<string, Json>): Json {
  if (Array.isArray(value)) return value.map((item) => referring(item, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const { title, ...others } = value;
  const rewritten = Object.fromEntries(
    Object.entries(others).map(([key, member]) => [key, referring(member, schemas)]),
  );
  // A member of a schema may be called `title`; what it is there is no text.
  if (typeof title !== 'string') {
    return title === undefined ? rewritten : { title: referring(title, schemas), ...rewritten };
  }
  const schema = { title, ...rewritten };
  const known = schemas[title];
  if (known !== undefined && !isDeepStrictEqual(known, schema)) {
    throw new SandpoolError('INTERNAL', { reason: `two schemas of the API have the title ${title}` });
  }
  schemas[title] = schema;
  return { $ref: `#/components/schemas/${title}` };
}
