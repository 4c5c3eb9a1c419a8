// What a sync needs of the network it is on: the identity it acts as, the state of canisters, and the host
// functions of a run with a record of what they did.

import type { HostFunctions } from '../../bridge/host-functions.js';
import type { CallFailure } from '../canister/client.js';

/** Whether a canister takes calls. */
export type CanisterState = 'running' | 'stopping' | 'stopped';

/**
 * What became of an update: certified as replied to or as rejected, or not known although it was sent. One
 * that certainly never reached the network is in no record.
 */
export type UpdateOutcome = 'applied' | 'rejected' | 'unknown';

/** An update that was sent. */
export interface UpdateRecord {
  /** Hex. */
  readonly requestId: string;
  /** The canister it was sent to, in text: the proxy canister when it went through that. */
  readonly canisterId: string;
  readonly method: string;
  readonly outcome: UpdateOutcome;
}

/** What a host call is, as far as it concerns a reader of events. */
export interface HostCall {
  /** From 1, in the order made by the run. */
  readonly call: number;
  readonly kind: 'update' | 'query' | 'metadata';
  /** The canister it is for, in text. */
  readonly canisterId: string;
  /** The method, or the name of the metadata section. */
  readonly method: string;
  readonly route: 'direct' | 'proxy';
}

/** A host call beginning or ending. */
export type HostCallEvent =
  | ({ readonly type: 'started' } & HostCall)
  | ({
      readonly type: 'ended';
      readonly ok: boolean;
      readonly durationMs: number;
      /** The text the plugin was given when it failed. */
      readonly error?: string;
      /** Of an update that was sent: hex. */
      readonly requestId?: string;
    } & HostCall);

/** What a run's host functions are bound to. */
export interface HostBinding {
  /** The canister being synced, in text. */
  readonly canisterId: string;
  readonly proxyCanisterId?: string;
  /** Ids by name of the canisters that may be called beside it. */
  readonly callable: ReadonlyMap<string, string>;
  readonly onCall: (event: HostCallEvent) => void;
}

/** The host functions of one run. */
export interface RunHost extends HostFunctions {
  /** Every update sent so far, in the order sent. */
  readonly updates: readonly UpdateRecord[];
  /** The last call that failed for a reason of the network's or the canister's. */
  readonly lastFailure: CallFailure | undefined;
  /** Waits until the outcome of every update sent is known, `deadlineMs` at the most. */
  settle(deadlineMs: number): Promise<void>;
}

/** A network, as one identity. */
export interface SyncNetwork {
  /** The identity's principal, in text. */
  readonly principal: string;
  /**
   * Whether a canister is running.
   * @throws SandpoolError of kind `network`
   */
  canisterState(
    canisterId: string,
    options: { readonly proxyCanisterId?: string; readonly signal?: AbortSignal },
  ): Promise<CanisterState>;
  /** Host functions for one run. */
  bind(binding: HostBinding): RunHost;
}
