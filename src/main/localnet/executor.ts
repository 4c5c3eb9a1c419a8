// Runs calls: finds the canister and the method, gives the method its context, turns what it throws into a
// rejection, and counts. Who may send a request at all was decided before.
import type { Principal } from '@icp-sdk/core/principal';
import { describe } from '../../bridge/errors.js';
import { type CanisterHost, type HostedCanister, isController } from './canister-host.js';
import { CallRejection, type CanisterMethod, type Outcome, REJECT_CODES } from './canisters/canister.js';
import { MANAGEMENT_CANISTER_ID, type Management } from './management.js';
import type { Counters } from './statistics.js';
import type { Timers } from './timers.js';

/** One call to a method. */
export interface Call {
  readonly caller: Principal;
  readonly canisterId: Principal;
  readonly method: string;
  readonly arg: Uint8Array;
  readonly cycles: bigint;
}

/** Runs updates and queries of all canisters, the management canister included. */
export class Executor {
  readonly #host: CanisterHost;
  readonly #management: Management;
  readonly #counters: Counters;
  readonly #timers: Timers;

  constructor(host: CanisterHost, management: Management, counters: Counters, timers: Timers) {
    this.#host = host;
    this.#management = management;
    this.#counters = counters;
    this.#timers = timers;
  }

  /**
   * Why a call to `canisterId` cannot be made now, whatever its method: there is no such canister, or it is
   * not running. `undefined` when it can.
   */
  obstacle(canisterId: Principal): Outcome | undefined {
    const id = canisterId.toText();
    if (id === MANAGEMENT_CANISTER_ID) return undefined;
    const hosted = this.#host.find(id);
    if (hosted === undefined) {
      return rejected(REJECT_CODES.DestinationInvalid, `Canister ${id} not found`, 'IC0301');
    }
    if (hosted.status === 'running') return undefined;
    return rejected(REJECT_CODES.CanisterError, `Canister ${id} is ${hosted.status}`, 'IC0508');
  }

  /** Runs `call` as an update and counts it. */
  async update(call: Call): Promise<Outcome> {
    const obstacle = this.obstacle(call.canisterId);
    if (obstacle !== undefined) return obstacle;
    this.#counters.countUpdate(call.canisterId.toText(), call.method);
    const hosted = this.#host.find(call.canisterId);
    if (hosted === undefined) return outcomeOf(call, () => this.#management.run(call));
    return this.#run(hosted, call, hosted.canister.methods.get(call.method), 'update');
  }

  /** Runs `call` as a query and counts it. */
  async query(call: Call): Promise<Outcome> {
    const obstacle = this.obstacle(call.canisterId);
    if (obstacle !== undefined) return obstacle;
    this.#counters.countQuery(call.canisterId.toText(), call.method);
    const hosted = this.#host.find(call.canisterId);
    if (hosted === undefined) {
      return this.#management.isQuery(call.method)
        ? outcomeOf(call, () => this.#management.run(call))
        : noSuchMethod(call, 'query');
    }
    const method = hosted.canister.methods.get(call.method);
    return this.#run(hosted, call, method?.kind === 'query' ? method : undefined, 'query');
  }

  #run(
    hosted: HostedCanister,
    call: Call,
    method: CanisterMethod | undefined,
    kind: 'query' | 'update',
  ): Outcome | Promise<Outcome> {
    if (method === undefined) return noSuchMethod(call, kind);
    return outcomeOf(call, () =>
      method.handle(call.arg, {
        caller: call.caller,
        self: hosted.id,
        cycles: call.cycles,
        isController: (principal) => isController(hosted, principal),
        balance: () => hosted.cycles,
        call: (canisterId, target, arg, cycles) =>
          this.update({ caller: hosted.id, canisterId, method: target, arg, cycles }),
        wait: (delayMs) => this.#timers.wait(delayMs),
      }),
    );
  }
}

async function outcomeOf(call: Call, run: () => Uint8Array | Promise<Uint8Array>): Promise<Outcome> {
  try {
    return { kind: 'replied', reply: await run() };
  } catch (error) {
    if (error instanceof CallRejection) return rejected(error.rejectCode, error.message, error.errorCode);
    const message = `Error from Canister ${call.canisterId.toText()}: Canister called \`ic0.trap\` with message: '${describe(error)}'`;
    return rejected(REJECT_CODES.CanisterError, message, 'IC0503');
  }
}

function noSuchMethod(call: Call, kind: 'query' | 'update'): Outcome {
  const message = `Error from Canister ${call.canisterId.toText()}: Canister has no ${kind} method '${call.method}'.`;
  return rejected(REJECT_CODES.CanisterError, message, 'IC0536');
}

function rejected(
  rejectCode: (typeof REJECT_CODES)[keyof typeof REJECT_CODES],
  rejectMessage: string,
  errorCode?: string,
): Outcome {
  const rejection = { kind: 'rejected', rejectCode, rejectMessage } as const;
  return errorCode === undefined ? rejection : { ...rejection, errorCode };
}
