import { afterEach, describe, expect, test } from 'vitest';
import { type Followed, type FollowOptions, followEvents } from '#src/main/client/follow-events.js';
import { createClient, type ServiceEvent } from '#src/main/client/index.js';
import type { Waiting } from '#src/main/client/retrying.js';
import {
  events,
  json,
  type Part,
  problem,
  type ScriptedServer,
  scriptedServer,
  text,
} from './support/scripted-server.js';

const BATCH = '01900000-0000-7000-8000-000000000000';
const RUN = '01900000-0000-7000-8000-000000000001';
const time = '2026-01-01T00:00:00.000Z';

const servers: ScriptedServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serverOf(...parts: Part[]): Promise<ScriptedServer> {
  const server = await scriptedServer(...parts);
  servers.push(server);
  return server;
}

function frame(event: Partial<ServiceEvent> & { sequence: number; type: string }): string {
  return `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify({ time, ...event })}\n\n`;
}
const output = (sequence: number, line = `line ${sequence}`): string =>
  frame({ type: 'output', sequence, run: RUN, batch: BATCH, stream: 'stdout', lines: [line] });
const finished = (sequence: number): string =>
  frame({ type: 'batch-finished', sequence, batch: BATCH, state: 'succeeded' });

/** Waits for nothing, and remembers how long it was to wait. */
class NoWaiting implements Waiting {
  readonly pauses: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  async pause(milliseconds: number): Promise<void> {
    this.pauses.push(milliseconds);
    this.#now += milliseconds;
  }
}

interface Followings {
  readonly sequences: number[];
  readonly error?: unknown;
  readonly pauses: readonly number[];
}

async function follow(
  server: ScriptedServer,
  followed: Followed & FollowOptions = { batch: BATCH },
): Promise<Followings> {
  const waiting = new NoWaiting();
  const means = { url: server.url, token: 't', fetch, answerMs: 1000 };
  const sequences: number[] = [];
  try {
    for await (const event of followEvents(means, followed, waiting)) sequences.push(event.sequence);
    return { sequences, pauses: waiting.pauses };
  } catch (error) {
    return { sequences, error, pauses: waiting.pauses };
  }
}

const lastIds = ({ requests }: ScriptedServer) => requests.map(({ headers }) => headers['last-event-id']);

describe('one connection', () => {
  test('gives the events in order, and ends behind the last of the batch', async () => {
    const server = await serverOf(
      events([output(1), ': beat\n\n', output(4), finished(9), output(10)], 'stay'),
    );
    expect(await follow(server)).toEqual({ sequences: [1, 4, 9], pauses: [] });
    expect(server.requests[0]?.url).toBe(`/v1/batches/${BATCH}/events`);
  });

  test.each(['run-finished', 'run-interrupted'])('of a run ends behind %s', async (type) => {
    const end = frame({ type, sequence: 5, run: RUN, state: 'failed' } as never);
    const server = await serverOf(events([output(2), end], 'stay'));
    expect((await follow(server, { run: RUN })).sequences).toEqual([2, 5]);
  });

  test('may be cut into pieces anywhere, within a character too', async () => {
    const bytes = Buffer.from(output(1, 'žluťoučký \u{1f408}') + finished(2));
    const part: Part = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of bytes) await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
    };
    const server = await serverOf(part);
    const lines: string[] = [];
    for await (const event of createClient({ url: server.url, token: 't' }).followEvents({ batch: BATCH })) {
      if (event.type === 'output') lines.push(...event.lines);
    }
    expect(lines).toEqual(['žluťoučký \u{1f408}']);
  });

  test('passes over kinds of events that it does not know', async () => {
    const server = await serverOf(
      events([frame({ type: 'of-tomorrow', sequence: 1 } as never), finished(2)], 'stay'),
    );
    expect((await follow(server)).sequences).toEqual([2]);
  });

  test('tells a long line', async () => {
    const server = await serverOf(events([output(1, 'x'.repeat(4_000_000)), finished(2)], 'stay'));
    expect((await follow(server)).sequences).toEqual([1, 2]);
  });

  test.each([
    ['an event that has no end', 'x'.repeat(17 * 1024 * 1024)],
    ['what is not JSON', 'data: {\n\n'],
    ['an event without a sequence', 'data: {"type":"output"}\n\n'],
  ])('ends at %s', async (_, text) => {
    const server = await serverOf(events([output(1), text], 'stay'));
    const { sequences, error } = await follow(server);
    expect(sequences).toEqual([1]);
    expect(error).toMatchObject({ code: 'SERVICE_FAILED' });
  });

  test('is let go of when no more events are taken', async () => {
    let closed: Promise<void> | undefined;
    const server = await serverOf(async (response, request) => {
      closed = new Promise((resolve) => request.socket.once('close', () => resolve()));
      await events([output(1)], 'stay')(response, request);
    });
    for await (const event of createClient({ url: server.url, token: 't' }).followEvents({ all: true })) {
      expect(event.sequence).toBe(1);
      break;
    }
    await closed;
    expect(server.requests[0]?.url).toBe('/v1/events');
  });

  test('is not read faster than events are taken', async () => {
    const line = 'x'.repeat(100_000);
    const count = 400;
    let written = 0;
    const server = await serverOf(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let sequence = 1; sequence <= count; sequence += 1) {
        if (!response.write(output(sequence, line)))
          await new Promise((resolve) => response.once('drain', resolve));
        written = sequence;
      }
      response.write(finished(count + 1));
    });
    let taken = 0;
    for await (const _ of createClient({ url: server.url, token: 't' }).followEvents({ batch: BATCH })) {
      taken += 1;
      // All that the sockets hold between the two, and no more.
      if (taken === 1) {
        let before = -1;
        while (written !== before) {
          before = written;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        expect(written).toBeLessThan(count / 2);
      }
    }
    expect(taken).toBe(count + 1);
  });
});

describe('a connection that is lost', () => {
  test.each(['end', 'break'] as const)('by its %s, is made anew behind the last event', async (ending) => {
    const half = output(3).slice(0, 40);
    const server = await serverOf(
      events([output(1), output(2), half], ending),
      events([output(3), finished(4)], 'stay'),
    );
    const { sequences, pauses } = await follow(server);
    expect(sequences).toEqual([1, 2, 3, 4]);
    expect(lastIds(server)).toEqual([undefined, '2']);
    expect(pauses).toHaveLength(1);
  });

  test('repeats nothing that the service sends again', async () => {
    const server = await serverOf(
      events([output(1), output(2), output(2), output(1)], 'end'),
      events([output(1), output(2), output(3), finished(4)], 'stay'),
    );
    expect((await follow(server)).sequences).toEqual([1, 2, 3, 4]);
  });

  test('leaves out nothing that comes late', async () => {
    const server = await serverOf(events([output(1), output(4), output(2), output(3), finished(5)], 'stay'));
    expect((await follow(server)).sequences).toEqual([1, 4, 2, 3, 5]);
  });

  test('goes on behind the event that was asked for', async () => {
    const server = await serverOf(events([output(6), output(7), output(8), finished(9)], 'stay'));
    expect((await follow(server, { batch: BATCH, after: 7 })).sequences).toEqual([8, 9]);
    expect(lastIds(server)).toEqual(['7']);
  });

  test('is noticed by its silence', async () => {
    const server = await serverOf(events([output(1)], 'stay'), events([finished(2)], 'stay'));
    expect((await follow(server, { batch: BATCH, silenceMs: 50 })).sequences).toEqual([1, 2]);
    expect(lastIds(server)).toEqual([undefined, '1']);
  });

  test('is alive while only heartbeats come', async () => {
    const server = await serverOf(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let beats = 0;
      const timer = setInterval(() => {
        response.write(': beat\n\n');
        beats += 1;
        if (beats < 20) return;
        clearInterval(timer);
        response.write(finished(1));
      }, 20);
    });
    expect((await follow(server, { batch: BATCH, silenceMs: 200 })).sequences).toEqual([1]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a service that does not answer as it should', () => {
  test('is waited for as long as it asks', async () => {
    const server = await serverOf(
      problem(503, 'SERVICE_CLOSING', {}, { 'retry-after': '7' }),
      text(502),
      events([finished(1)], 'stay'),
    );
    const { sequences, pauses } = await follow(server);
    expect(sequences).toEqual([1]);
    expect(pauses[0]).toBe(7000);
    expect(pauses[1]).toBeLessThan(1000);
  });

  test('is given up after a while', async () => {
    const server = await serverOf(text(503));
    const { error, pauses } = await follow(server, { batch: BATCH, giveUpMs: 60_000 });
    expect(error).toMatchObject({ code: 'SERVICE_FAILED', details: { status: 503 } });
    const total = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(total).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(10_000);
  });

  test.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'SCOPE_MISSING'],
    [404, 'BATCH_NOT_FOUND'],
  ])('is not asked again after %i', async (status, code) => {
    const server = await serverOf(problem(status, code, {}));
    expect((await follow(server)).error).toMatchObject({ code });
    expect(server.requests).toHaveLength(1);
  });

  test('is no service when it sends no stream', async () => {
    const server = await serverOf(json(200, {}));
    expect((await follow(server)).error).toMatchObject({ code: 'SERVICE_FAILED' });
  });
});

test('ends with CANCELLED when it is cancelled, connected or not', async () => {
  const controller = new AbortController();
  const server = await serverOf(events([output(1)], 'stay'));
  const client = createClient({ url: server.url, token: 't' });
  const followed = client.followEvents({ batch: BATCH, signal: controller.signal });
  expect((await followed.next()).value).toMatchObject({ sequence: 1 });
  const next = followed.next();
  controller.abort();
  await expect(next).rejects.toMatchObject({ code: 'CANCELLED' });
  const late = client.followEvents({ batch: BATCH, signal: controller.signal });
  await expect(late.next()).rejects.toMatchObject({ code: 'CANCELLED' });
});
