// Batches through the API of a service, and what must be so when one is done.
import { setTimeout as after } from 'node:timers/promises';
import { buildGuest } from '../../fixtures/guests.mjs';
import { EventOrder } from '../../test/support/event-order.mjs';
import { forAll, NetworkWitness } from '../../test/support/network-witness.mjs';
import { IDENTITY, NETWORK, ServiceProcess } from '../../test/support/service-process.mjs';
import { must } from './report.mjs';

const POLL_MS = 100;
const TICK_MS = 10;

/** A service with the plugin `calls-update`, which writes each of the numbers up to `updates`. */
export class BatchService {
  process;
  #network;
  #updates;
  #sha256;

  static async start({ network, concurrency, updates, nodeOptions = [], settings = {} }) {
    const process = new ServiceProcess({ network, concurrency, nodeOptions, settings });
    const service = new BatchService(process, network, updates);
    await process.start();
    await service.#upload();
    return service;
  }

  constructor(process, network, updates) {
    this.process = process;
    this.#network = network;
    this.#updates = updates;
  }

  /** Makes a batch, with a run for each canister. @returns its id */
  async create(concurrency) {
    const { id } = await this.process.call('POST', '/batches', {
      body: {
        ...(concurrency === undefined ? {} : { concurrency }),
        defaults: {
          plugin: this.#sha256,
          network: NETWORK,
          identity: IDENTITY,
          environment: `bench-${this.#updates}`,
        },
        runs: this.#network.canisters.map(({ id: canister }) => ({ canister })),
      },
    });
    return id;
  }

  /** Waits until a batch has ended. @returns the batch */
  async ended(id) {
    for (;;) {
      const batch = await this.process.call('GET', `/batches/${id}`);
      if (batch.endedAt !== undefined) return batch;
      await after(POLL_MS);
    }
  }

  /**
   * Does a batch. @returns from the request to the end of its last run, the service's processor time meanwhile, and the
   * most memory that it had
   */
  async run() {
    this.process.forgetPeak();
    const cpuBefore = processorMs(this.process);
    const startedAt = Date.now();
    const id = await this.create();
    const batch = await this.ended(id);
    must(batch.state === 'succeeded', `the batch ended as ${JSON.stringify(batch.counts)}`);
    must(batch.counts.succeeded === this.#network.canisters.length, 'not all runs succeeded');
    return {
      id,
      elapsedMs: Date.parse(batch.endedAt) - startedAt,
      cpuMs: processorMs(this.process) - cpuBefore,
      peakBytes: this.process.memory.peakBytes,
    };
  }

  /** Reads the events of a batch from the first, and checks them. @returns how many there are */
  async checkEvents(id) {
    return (await this.eventsOf(id)).length;
  }

  /** Reads the events of a batch from the first, and checks them. @returns their numbers */
  async eventsOf(id) {
    const order = new EventOrder();
    const sequences = [];
    for await (const event of this.process.events(`/batches/${id}/events`)) {
      order.take(event);
      sequences.push(event.sequence);
      if (event.type === 'batch-finished') break;
    }
    must(order.runs === this.#network.canisters.length, `events of ${order.runs} runs`);
    order.mustHaveSucceeded(this.#updates);
    // The batch's own two; of each run its start, its computing and its end, and two for each call.
    must(
      order.count === 2 + this.#network.canisters.length * (3 + 2 * this.#updates),
      `${order.count} events of a batch`,
    );
    return sequences;
  }

  /** Asks every canister what it holds: what `batches` of them have written, and nothing else. */
  async checkCanisters(batches) {
    const witness = new NetworkWitness(this.#network);
    const numbers = Array.from({ length: this.#updates }, (_, index) => String(index + 1));
    await forAll(this.#network.canisters, async ({ id, name }) => {
      const contents = await witness.contents(id);
      const held = JSON.stringify([...contents]);
      must(held === JSON.stringify(numbers.map((number) => [number, number])), `${name} holds ${held}`);
      for (const number of numbers) {
        const writes = await witness.writes(id, number);
        must(writes === batches, `${name} had ${number} written ${writes} times, not ${batches}`);
      }
    });
  }

  async close() {
    await this.process.stop();
    this.process.remove();
  }

  async #upload() {
    const body = await buildGuest('calls-update', '0.2');
    const { sha256 } = await this.process.call('POST', '/plugins?name=calls-update', { body });
    this.#sha256 = sha256;
  }
}

function processorMs(process) {
  return process.processorTicks * TICK_MS;
}
