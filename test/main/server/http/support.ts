// Requests to a service by the name of the operation; each answer is held to the schema that promises it.

import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '#src/main/server/api/common.js';
import { type Operation, ROUTES, type Route } from '#src/main/server/api/index.js';

/** What goes into a request. */
export interface Asked {
  readonly token?: string | undefined;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless it is bytes. */
  readonly body?: unknown;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  readonly body: any;
}

/** Asks for an operation. Throws when the answer is none that the API promises. */
export async function ask(url: string, operation: Operation, asked: Asked = {}): Promise<Answered> {
  const route: Route = ROUTES[operation];
  const path = route.path.replace(/:(\w+)/g, (_match, name: string) => asked.params?.[name] ?? '');
  const query = new URLSearchParams(
    Object.entries(asked.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const bytes = asked.body instanceof Uint8Array ? asked.body : undefined;
  const body = bytes ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body));
  const type = bytes === undefined ? 'application/json' : route.upload?.[0];
  const response = await fetch(`${url}${path}${query.size === 0 ? '' : `?${query}`}`, {
    method: route.method,
    headers: {
      ...(asked.token === undefined ? {} : { authorization: `Bearer ${asked.token}` }),
      ...(body === undefined || type === undefined ? {} : { 'content-type': type }),
      ...asked.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const value = text === '' ? undefined : JSON.parse(text);
  const promised = response.ok ? route.gives[response.status] : Problem;
  if (promised === undefined || promised === 'text/event-stream')
    throw new Error(`${operation} answered ${response.status}: ${text}`);
  if (promised !== null) mustFit(operation, promised, value);
  return { status: response.status, headers: response.headers, body: value };
}

/** Throws unless `value` is what `schema` says. */
export function mustFit(what: string, schema: TSchema, value: unknown): void {
  const compiled = Compile(schema);
  if (compiled.Check(value)) return;
  const problems = compiled.Errors(value).map(({ instancePath, message }) => `${instancePath} ${message}`);
  throw new Error(`${what} is not as promised: ${problems.join('; ')}\n${JSON.stringify(value)}`);
}
