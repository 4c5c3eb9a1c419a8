// A real HTTP server that answers each request as the next part of a script says.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request. */
export type Part = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

/** A server, and what it was asked. */
export interface ScriptedServer {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

/** Starts a server. The last part answers all further requests. */
export async function scriptedServer(...parts: readonly Part[]): Promise<ScriptedServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const part = parts[Math.min(requests.length, parts.length - 1)];
    requests.push(request);
    void part?.(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with JSON. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Part {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
}

/** Answers with a problem. */
export function problem(
  status: number,
  code: string,
  details: object,
  headers: Record<string, string> = {},
): Part {
  const body = { type: `urn:sandpool:error:${code}`, title: 'x', status, detail: 'said so', code, details };
  return json(status, body, { ...headers, 'content-type': 'application/problem+json' });
}

/** Answers with a stream of events: pieces of text as they are; then it ends, breaks, or stays open. */
export function events(pieces: readonly string[], ending: 'end' | 'break' | 'stay'): Part {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const piece of pieces) await new Promise((resolve) => response.write(piece, resolve));
    if (ending === 'end') response.end();
    if (ending === 'break') response.socket?.destroy();
  };
}

/** Answers with text that nobody in particular speaks. */
export function text(status: number, content = '', headers: Record<string, string> = {}): Part {
  return (response) => {
    response.writeHead(status, headers);
    response.end(content);
  };
}
