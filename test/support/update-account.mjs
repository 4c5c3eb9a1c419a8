// Whether what a service says of its runs is what the network knows: of every run, of each of its updates, and that the
// network has carried out nothing that is not told of.

import { setTimeout as after } from 'node:timers/promises';
import { forAll, NetworkWitness } from './network-witness.mjs';

const CARRIED_OUT = ['replied', 'done'];
const ENDED = ['succeeded', 'failed', 'cancelled', 'interrupted'];
const SETTLED_WITHIN_MS = 10_000;
const POLL_MS = 50;

/** The account of one service against one network, over any number of its processes. */
export class UpdateAccount {
  #service;
  #witness;
  #callsOf;
  /** Runs that have ended and were checked: they must stay as they were. */
  #known = new Map();
  /** Request ids of updates that the network has carried out, by canister. */
  #carriedOut = new Map();
  /** How many updates were found in each state. */
  states = {};
  /** How many of those that are unknown the network has carried out. */
  unknownCarriedOut = 0;

  /**
   * @param service a `ServiceProcess`
   * @param {{ url: string }} network
   * @param {number} calls as many as a run makes that succeeds
   */
  constructor(service, network, calls) {
    this.#service = service;
    this.#witness = new NetworkWitness(network);
    this.#callsOf = calls;
  }

  /** How many runs have ended so far. */
  get endedRuns() {
    return this.#known.size;
  }

  /** The runs of that state. */
  of(state) {
    return [...this.#known.values()].filter((run) => run.state === state);
  }

  /**
   * Reads all runs, and checks those that are new to it.
   * @returns {Promise<{ id: string, state: string }[]>} the runs
   * @throws {Error} at the first that is not as it must be
   */
  async check() {
    const runs = await this.#service.list('/runs');
    const here = new Set(runs.map(({ id }) => id));
    for (const [id, { state }] of this.#known) {
      if (!here.has(id)) throw new Error(`run ${id}, which had ${state}, is gone`);
    }
    const ended = runs.filter(({ state }) => ENDED.includes(state));
    for (const run of ended) {
      const before = this.#known.get(run.id);
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(run)) {
        throw new Error(
          `run ${run.id} had ended as ${JSON.stringify(before)}, and is ${JSON.stringify(run)}`,
        );
      }
    }
    await forAll(
      ended.filter(({ id }) => !this.#known.has(id)),
      (run) => this.#checkRun(run),
    );
    return runs;
  }

  /**
   * Holds the records against the network's own count.
   * @param {(canisterId: string) => number} countOf the updates that the network has carried out
   * @throws {Error} when there are more, or fewer
   */
  mustCount(canisterIds, countOf) {
    for (const id of canisterIds) {
      const counted = countOf(id);
      const recorded = this.#carriedOut.get(id)?.size ?? 0;
      if (counted !== recorded) {
        throw new Error(
          `canister ${id} has carried out ${counted} updates, and there are records of ${recorded}`,
        );
      }
    }
  }

  async #checkRun(run) {
    const where = `run ${run.id} (${run.state})`;
    const { items: updates } = await this.#service.call('GET', `/runs/${run.id}/updates`);
    for (const { number, state, requestId, canister } of updates) {
      this.states[state] = (this.states[state] ?? 0) + 1;
      const status = requestId === undefined ? 'absent' : await this.#settledStatus(canister, requestId);
      const isCarriedOut = CARRIED_OUT.includes(status);
      const isSo =
        state === 'applied'
          ? isCarriedOut
          : state === 'unknown'
            ? requestId !== undefined
            : state === 'not-sent' && !isCarriedOut;
      if (!isSo) throw new Error(`${where}: update ${number} is ${state}, and the network says ${status}`);
      if (!isCarriedOut) continue;
      if (state === 'unknown') this.unknownCarriedOut += 1;
      const known = this.#carriedOut.get(canister) ?? new Set();
      this.#carriedOut.set(canister, known);
      if (known.has(requestId)) throw new Error(`${where}: update ${number} belongs to another run too`);
      known.add(requestId);
    }
    const { items: events } = await this.#service.call('GET', `/runs/${run.id}/log?limit=1000`);
    const types = events.map(({ type }) => type);
    const end = run.state === 'interrupted' ? ['run-interrupted', 'run-finished'] : ['run-finished'];
    if (!end.includes(types.at(-1))) throw new Error(`${where}: its events are ${types.join(', ')}`);
    if (
      run.state === 'succeeded' &&
      updates.filter(({ state }) => state === 'applied').length !== this.#callsOf
    ) {
      throw new Error(`${where}: its updates are ${JSON.stringify(updates)}`);
    }
    if (run.state === 'interrupted' && run.error?.code !== 'RUN_INTERRUPTED') {
      throw new Error(`${where}: its error is ${JSON.stringify(run.error)}`);
    }
    this.#known.set(run.id, run);
  }

  /** What became of a request, once it is over. */
  async #settledStatus(canister, requestId) {
    const deadline = Date.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const status = await this.#witness.statusOf(canister, requestId);
      if (status !== 'pending' || Date.now() > deadline) return status;
      await after(POLL_MS);
    }
  }
}
