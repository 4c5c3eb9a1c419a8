// The canisters of a network with what the network keeps about each: id, controllers, status, settings.
// Running their methods is `executor.ts`; changing their settings is `management.ts`.
import type { Principal } from '@icp-sdk/core/principal';
import type { Canister } from './canisters/canister.js';
import type { CanisterKind } from './options.js';

/** A canister in its place on the network. */
export interface HostedCanister {
  readonly id: Principal;
  readonly name: string;
  readonly kind: CanisterKind;
  readonly canister: Canister;
  /** 32 bytes, equal for canisters of one kind. */
  readonly moduleHash: Uint8Array;
  controllers: readonly Principal[];
  status: 'running' | 'stopped';
  environmentVariables: readonly { readonly name: string; readonly value: string }[];
  cycles: bigint;
  /** Grows with every change of settings or status. */
  version: bigint;
}

/** All canisters of a network. */
export class CanisterHost {
  readonly #byId: ReadonlyMap<string, HostedCanister>;
  readonly #listeners: (() => void)[] = [];

  constructor(canisters: readonly HostedCanister[]) {
    this.#byId = new Map(canisters.map((hosted) => [hosted.id.toText(), hosted]));
  }

  find(id: Principal | string): HostedCanister | undefined {
    return this.#byId.get(typeof id === 'string' ? id : id.toText());
  }

  all(): Iterable<HostedCanister> {
    return this.#byId.values();
  }

  /** Calls `listener` whenever a canister's controllers, status or settings have changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** To be called after changing a canister. */
  changed(hosted: HostedCanister): void {
    hosted.version += 1n;
    for (const listener of this.#listeners) listener();
  }
}

/** Whether `principal` is among the controllers of `hosted`. */
export function isController(hosted: HostedCanister, principal: Principal): boolean {
  return hosted.controllers.some((controller) => controller.compareTo(principal) === 'eq');
}
