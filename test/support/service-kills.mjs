// A service that is killed at random moments, in the middle of batches and in the middle of making one, and started again
// on the same data: nothing may be lost, and nothing done twice that had finished.

import { setTimeout as after } from 'node:timers/promises';
import { buildGuest } from '../../fixtures/guests.mjs';
import { IDENTITY, NETWORK, ServiceProcess } from './service-process.mjs';
import { UpdateAccount } from './update-account.mjs';

const POLL_MS = 100;
const ENDED = ['succeeded', 'failed', 'cancelled', 'interrupted'];
/** Long enough for what the process had sent when it was killed to have reached a network on this machine. */
const ARRIVED_MS = 200;

/** One service through all of its lives. */
export class KilledService {
  process;
  account;
  /** What was seen: how many kills met a start, how many a batch. */
  kills = { starting: 0, running: 0 };
  #network;
  #random;
  #updates;
  #sha256;

  /**
   * @param {{
   *   network: { url: string, rootKeyHex: string, canisters: readonly { id: string }[] },
   *   concurrency: number,
   *   updates: number,
   *   seed: number,
   * }} options
   */
  static async open({ network, concurrency, updates, seed }) {
    const process = new ServiceProcess({ network, concurrency });
    const service = new KilledService(process, { network, updates, seed });
    await process.start();
    const body = await buildGuest('calls-update', '0.2');
    const { sha256 } = await process.call('POST', '/plugins?name=calls-update', { body });
    service.#sha256 = sha256;
    return service;
  }

  constructor(process, { network, updates, seed }) {
    this.process = process;
    this.#network = network;
    this.#updates = updates;
    this.#random = randomNumbers(seed);
    this.account = new UpdateAccount(process, network, updates);
  }

  /** A batch of `count` runs, over all canisters in turn. */
  batch(count, settings = {}) {
    const { canisters } = this.#network;
    return {
      ...settings,
      defaults: {
        plugin: this.#sha256,
        network: NETWORK,
        identity: IDENTITY,
        environment: `writes-${this.#updates}`,
      },
      runs: Array.from({ length: count }, (_, index) => ({
        canister: canisters[index % canisters.length].id,
      })),
    };
  }

  create(body, key) {
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    return this.process.call('POST', '/batches', { body, headers });
  }

  /**
   * Kills the process at a random moment, and starts it again. What the new process finds must be in order.
   * @param {number} withinMs the moment is at most so long after this process was started, or after now
   */
  async killAndStart(withinMs) {
    await after(this.#random() * withinMs);
    await this.process.kill();
    this.kills.running += 1;
    // As often as not, the next process does not come to serve either.
    while (this.#random() < 0.3) {
      const starting = this.process.start();
      await after(this.#random() * 1500);
      await this.process.kill();
      if (await starting) this.kills.running += 1;
      else this.kills.starting += 1;
    }
    await after(ARRIVED_MS);
    await this.process.start();
  }

  /**
   * Kills the process in the middle of making a batch: it must be there as a whole, or not at all, and asking again
   * must give the same, or make it.
   * @returns 'whole' or 'absent'
   */
  async killWhileCreating(count, withinMs, key) {
    const body = this.batch(count, { name: key, concurrency: 1 });
    const answer = this.create(body, key).catch((error) => error);
    await after(this.#random() * withinMs);
    await this.process.kill();
    const answered = await answer;
    this.kills.running += 1;
    await this.process.start();
    const found = await this.#batchesNamed(key);
    if (found.length > 1) throw new Error(`there are ${found.length} batches named ${key}`);
    if (answered.id !== undefined && found[0]?.id !== answered.id)
      throw new Error(`batch ${answered.id} is lost`);
    if (found[0] !== undefined) mustHave(found[0], count);
    const again = await this.create(body, key);
    mustHave(again, count);
    if (found[0] !== undefined && again.id !== found[0].id)
      throw new Error(`${key} made batch ${again.id} as well`);
    if ((await this.#batchesNamed(key)).length !== 1) throw new Error(`${key} made more than one batch`);
    const runs = await this.process.list(`/runs?batch=${again.id}`);
    if (runs.length !== count) throw new Error(`batch ${again.id} has ${runs.length} runs, not ${count}`);
    await this.process.call('POST', `/batches/${again.id}/cancel`);
    await this.ended(again.id);
    return found[0] === undefined ? 'absent' : 'whole';
  }

  /** Waits until a batch has ended. @returns the batch */
  async ended(id) {
    for (;;) {
      const batch = await this.process.call('GET', `/batches/${id}`);
      if (batch.endedAt !== undefined) return batch;
      await after(POLL_MS);
    }
  }

  /** Has everything done again that was interrupted, until all of it has succeeded. @returns how many batches that took */
  async retryUntilDone(id) {
    let retries = 0;
    for (let batch = await this.ended(id); batch.counts.interrupted + batch.counts.failed > 0; retries += 1) {
      const { id: next } = await this.process.call('POST', `/batches/${batch.id}/retry`, { body: {} });
      batch = await this.ended(next);
      if (batch.counts.failed > 0) throw new Error(`batch ${next}: ${JSON.stringify(batch.counts)}`);
    }
    return retries;
  }

  /** Whether a batch has ended. */
  async hasEnded(id) {
    const { state } = await this.process.call('GET', `/batches/${id}`);
    return ENDED.includes(state);
  }

  /**
   * Reads all events from the first: each batch must be told to be made and to have ended once, and each run to have
   * ended once, and nothing behind that.
   * @returns how many events there are
   */
  async checkEvents() {
    // One more, so that the last event is known when it comes.
    const { id: last } = await this.create(this.batch(1));
    const made = new Map();
    const ended = new Map();
    let previous = 0;
    for await (const { sequence, type, run, batch } of this.process.events('/events', 0)) {
      if (sequence <= previous) throw new Error(`event ${sequence} came behind ${previous}`);
      previous = sequence;
      if (ended.has(run)) throw new Error(`run ${run} told ${type} behind its end`);
      if (['run-finished', 'run-interrupted'].includes(type)) ended.set(run, sequence);
      if (type === 'batch-created') made.set(batch, (made.get(batch) ?? 0) + 1);
      if (type !== 'batch-finished') continue;
      if (ended.has(batch)) throw new Error(`batch ${batch} was told twice to have ended`);
      ended.set(batch, sequence);
      if (batch === last) break;
    }
    for (const { id, name } of await this.process.list('/batches')) {
      if (made.get(id) !== 1 || !ended.has(id)) {
        throw new Error(
          `batch ${id} (${name}) was told ${made.get(id) ?? 0} times to be made, and ${ended.has(id)} to have ended`,
        );
      }
    }
    for (const { id } of await this.process.list('/runs')) {
      if (!ended.has(id)) throw new Error(`run ${id} was not told to have ended`);
    }
    return previous;
  }

  async close() {
    await this.process.kill();
    this.process.remove();
  }

  async #batchesNamed(name) {
    return (await this.process.list('/batches')).filter((batch) => batch.name === name);
  }
}

function mustHave(batch, count) {
  const made = Object.values(batch.counts).reduce((total, each) => total + each, 0);
  if (made !== count) throw new Error(`batch ${batch.id} has ${made} runs, not ${count}`);
}

/** The same numbers for the same seed. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
