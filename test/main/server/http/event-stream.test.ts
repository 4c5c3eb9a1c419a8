// Events of real runs over real connections: every reader gets all of them, once and in order, whatever the others do.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Localnet, startLocalnet } from '#src/main/localnet/index.js';
import { buildGuest } from '../../../../fixtures/guests.mjs';
import { EventOrder } from '../../../support/event-order.mjs';
import { NetworkWitness } from '../../../support/network-witness.mjs';
import { type RunningService, startService } from '../../../support/running-service.js';
import { ask } from './support.js';

const CANISTERS = 30;
const UPDATES = 3;
const READERS = 12;
const STALLED = 4;
const MINUTE = 60_000;

let network: Localnet;
let service: RunningService;
let token: string;
let plugin: string;

beforeAll(async () => {
  const canisters = Array.from({ length: CANISTERS }, (_, index) => ({
    kind: 'kv' as const,
    name: `kv-${index}`,
  }));
  network = await startLocalnet({ canisters });
  service = await startService({ networks: { embedded: network } });
  token = service.token();
  const body = await buildGuest('calls-update', '0.2');
  plugin = (await ask(service.url, 'uploadPlugin', { token, body })).body.sha256;
}, MINUTE);
afterAll(async () => {
  await service.close();
  service.remove();
  await network.close();
});

/** A reader on a socket of its own, which may stop taking anything. */
class RawReader {
  readonly socket: Socket;
  #text = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#text += text;
    });
  }

  /** Resolves when it has the head of its answer. */
  static async open(path: string, after = 0): Promise<RawReader> {
    const socket = connect(service.port, '127.0.0.1');
    const reader = new RawReader(socket);
    const head = [
      `GET ${path} HTTP/1.1`,
      `host: 127.0.0.1:${service.port}`,
      `authorization: Bearer ${token}`,
      `last-event-id: ${after}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await once(socket, 'data');
    expect(reader.#text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    return reader;
  }

  /** The events so far, without the chunks in which they came. */
  get events(): { readonly sequence: number; readonly type: string; readonly batch?: string }[] {
    const body = this.#text.slice(this.#text.indexOf('\r\n\r\n') + 4).replace(/\r\n[0-9a-f]+\r\n/g, '');
    // The last one may not be all there yet.
    const whole = body.slice(0, body.lastIndexOf('\n\n') + 1);
    return Array.from(whole.matchAll(/^data: (.*)$/gm), ([, data]) => JSON.parse(data ?? ''));
  }

  /** Waits for the end of a batch. */
  async until(batch: string): Promise<this> {
    while (!this.#text.includes('batch-finished') || !this.events.some((event) => isEndOf(event, batch))) {
      await once(this.socket, 'data');
    }
    return this;
  }
}

function isEndOf(
  { type, batch }: { readonly type: string; readonly batch?: string },
  wanted: string,
): boolean {
  return type === 'batch-finished' && batch === wanted;
}

async function createBatch(): Promise<string> {
  const { body } = await ask(service.url, 'createBatch', {
    token,
    body: {
      defaults: { plugin, network: 'embedded', identity: 'deployer', environment: `writes-${UPDATES}` },
      runs: network.canisters.map(({ id: canister }) => ({ canister })),
    },
  });
  return body.id;
}

test('all readers get every event, those that stalled when they read again', async () => {
  const readers = await Promise.all(Array.from({ length: READERS }, () => RawReader.open('/v1/events')));
  const stalled = readers.slice(0, STALLED);
  for (const { socket } of stalled) socket.pause();
  const batch = await createBatch();
  const late = await RawReader.open(`/v1/batches/${batch}/events`);
  for (const reader of [...readers.slice(STALLED), late]) await reader.until(batch);
  for (const { socket } of stalled) socket.resume();
  for (const reader of stalled) await reader.until(batch);
  const [{ events: wanted }] = [late];
  for (const { events, socket } of [...readers, late]) {
    expect(events).toEqual(wanted);
    socket.destroy();
  }
  const order = new EventOrder();
  for (const event of wanted) order.take(event);
  order.mustHaveSucceeded(UPDATES);
  expect(order.runs).toBe(CANISTERS);
  expect(wanted).toHaveLength(2 + CANISTERS * (3 + 2 * UPDATES));
});

test('the canisters hold what the runs have written, each as often as it was', async () => {
  const before = network.statistics();
  const batch = await createBatch();
  const reader = await RawReader.open(`/v1/batches/${batch}/events`);
  await reader.until(batch);
  reader.socket.destroy();
  const witness = new NetworkWitness(network);
  const numbers = Array.from({ length: UPDATES }, (_, index) => String(index + 1));
  for (const { id } of network.canisters) {
    expect([...(await witness.contents(id))]).toEqual(numbers.map((number) => [number, number]));
  }
  expect(network.statistics().updates - before.updates).toBe(CANISTERS * UPDATES);
});

test('a reader that comes again with the number of its last event misses nothing', async () => {
  const batch = await createBatch();
  const path = `/v1/batches/${batch}/events`;
  const whole = await RawReader.open(path);
  const events: { readonly sequence: number; readonly type: string }[] = [];
  while (events.at(-1)?.type !== 'batch-finished') {
    const reader = await RawReader.open(path, events.at(-1)?.sequence);
    while (reader.events.length === 0) await once(reader.socket, 'data');
    reader.socket.destroy();
    events.push(...reader.events);
  }
  await whole.until(batch);
  whole.socket.destroy();
  expect(events).toEqual(whole.events);
});
