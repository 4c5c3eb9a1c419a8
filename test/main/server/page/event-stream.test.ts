// Over real HTTP: a server that breaks off, refuses, and goes on.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { followEvents } from '../../../../src/main/server/page/data/event-stream.js';

let server: Server;

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/events`;
}

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const event = (id: number): string => `id: ${id}\nevent: output\ndata: {"sequence":${id}}\n\n`;

test('goes on behind the last event when the connection breaks, with the token each time', async () => {
  const asked: IncomingMessage[] = [];
  const closing = new AbortController();
  const url = await serve((request, response) => {
    asked.push(request);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (asked.length === 1) {
      // Broken off in the middle of an event: that one is not told.
      response.write(`: hello\n\n${event(6)}${event(7)}${event(8).slice(0, 20)}`, () => response.destroy());
    } else if (asked.length === 2) response.end(event(8));
    else response.write(event(9));
  });
  const told: string[] = [];
  const states: string[] = [];
  const delays: number[] = [];
  await followEvents({
    url,
    token: 'the-token',
    after: 5,
    signal: closing.signal,
    onData: (data) => {
      told.push(data);
      if (told.length === 4) closing.abort();
    },
    onState: (state) => states.push(state),
    pause: async (delayMs) => {
      delays.push(delayMs);
    },
  });
  expect(told).toEqual([6, 7, 8, 9].map((sequence) => `{"sequence":${sequence}}`));
  expect(asked.map(({ headers }) => headers['last-event-id'])).toEqual(['5', '7', '8']);
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Bearer the-token'));
  expect(states.slice(0, 4)).toEqual(['connecting', 'live', 'waiting', 'connecting']);
  expect(Math.max(...delays)).toBeLessThan(1000);
});

test('waits longer each time that the service is not there, up to a bound', async () => {
  const url = await serve((_request, response) => response.writeHead(503).end());
  const closing = new AbortController();
  const delays: number[] = [];
  await followEvents({
    url,
    token: 't',
    signal: closing.signal,
    onData: () => undefined,
    pause: async (delayMs) => {
      delays.push(delayMs);
      if (delays.length === 9) closing.abort();
    },
  });
  expect(delays[0]).toBeLessThan(650);
  expect(delays[4]).toBeGreaterThan(5000);
  expect(Math.max(...delays)).toBeLessThan(19_000);
});

test.each([401, 403, 404])('gives up when refused with %s, and says why', async (status) => {
  const problem = {
    type: 'urn:sandpool:error:X',
    title: 'No',
    status,
    code: 'X',
    detail: 'not for you',
    details: {},
  };
  const url = await serve((_request, response) =>
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
  );
  const following = followEvents({
    url,
    token: 't',
    signal: new AbortController().signal,
    onData: () => undefined,
  });
  await expect(following).rejects.toMatchObject({ problem: { status, code: 'X', detail: 'not for you' } });
});

test('is read no faster than what is read can be taken', async () => {
  let more: (() => Promise<void>) | undefined;
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event(1));
    more = () => new Promise((resolve) => response.write(event(2), () => resolve()));
  });
  const closing = new AbortController();
  let told = 0;
  let release: (() => void) | undefined;
  const following = followEvents({
    url,
    token: 't',
    signal: closing.signal,
    onData: () => {
      told += 1;
      if (told === 2) closing.abort();
    },
    ready: () =>
      new Promise((resolve) => {
        release = resolve;
        if (told === 2) resolve();
      }),
  });
  await expect.poll(() => release).toBeDefined();
  await more?.();
  // Another exchange over the same loop: what was written before it has arrived.
  await (await fetch(url)).body?.cancel();
  expect(told).toBe(1);
  release?.();
  await following;
  expect(told).toBe(2);
});
