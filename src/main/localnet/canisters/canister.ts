// What a canister of the network is: named methods over Candid, and metadata. One file beside this one for
// each kind of canister; hosting them (ids, controllers, who may call what) is not theirs.
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { decodeCandid } from '../candid.js';

/** The reject codes of the Internet Computer. */
export const REJECT_CODES = {
  SysFatal: 1,
  SysTransient: 2,
  DestinationInvalid: 3,
  CanisterReject: 4,
  CanisterError: 5,
} as const;

/** A number from 1 to 5, see {@link REJECT_CODES}. */
export type RejectCode = (typeof REJECT_CODES)[keyof typeof REJECT_CODES];

/** How a call ended. */
export type Outcome =
  | { readonly kind: 'replied'; readonly reply: Uint8Array }
  | {
      readonly kind: 'rejected';
      readonly rejectCode: RejectCode;
      readonly rejectMessage: string;
      /** Such as `IC0503`. */
      readonly errorCode?: string;
    };

/** Thrown by a method to reject its call. Anything else thrown counts as a trap. */
export class CallRejection extends Error {
  override readonly name = 'CallRejection';
  readonly rejectCode: RejectCode;
  readonly errorCode: string | undefined;

  constructor(rejectCode: RejectCode, message: string, errorCode?: string) {
    super(message);
    this.rejectCode = rejectCode;
    this.errorCode = errorCode;
  }
}

/** What a method may know and do while it serves one call. */
export interface CallContext {
  readonly caller: Principal;
  /** The canister itself. */
  readonly self: Principal;
  /** Cycles that came with the call. */
  readonly cycles: bigint;
  isController(principal: Principal): boolean;
  /** The canister's own balance of cycles. */
  balance(): bigint;
  /**
   * Calls a method of another canister, or of the management canister, as this canister, with `cycles` of
   * its balance. The caller has checked that the balance suffices.
   */
  call(canister: Principal, method: string, arg: Uint8Array, cycles: bigint): Promise<Outcome>;
  /** Resolves after `delayMs`; never, if the network is closed before. */
  wait(delayMs: number): Promise<void>;
}

/** A method: Candid bytes in, Candid bytes out. A query can also be called as an update, not the other way. */
export interface CanisterMethod {
  readonly kind: 'query' | 'update';
  handle(arg: Uint8Array, context: CallContext): Uint8Array | Promise<Uint8Array>;
}

/** A metadata section; `private` ones are for controllers only. */
export interface MetadataSection {
  readonly visibility: 'public' | 'private';
  readonly content: Uint8Array;
}

/** A canister's code with its state. */
export interface Canister {
  readonly methods: ReadonlyMap<string, CanisterMethod>;
  readonly metadata: ReadonlyMap<string, MetadataSection>;
}

/** Candid types, one for each element of a tuple. */
export type TypesOf<Values extends readonly unknown[]> = {
  readonly [Index in keyof Values]: IDL.Type<Values[Index]>;
};

/**
 * A method from Candid types and a function over decoded values.
 * Arguments that do not decode make the call trap, as in a real canister.
 */
export function candidMethod<Args extends readonly unknown[], Results extends readonly unknown[]>(
  kind: 'query' | 'update',
  argTypes: TypesOf<Args>,
  resultTypes: TypesOf<Results>,
  run: (context: CallContext, ...args: Args) => Results | Promise<Results>,
): CanisterMethod {
  return {
    kind,
    handle: async (arg, context) => {
      const args = decodeCandid<Args>(argTypes, arg);
      return IDL.encode([...resultTypes], [...(await run(context, ...args))]);
    },
  };
}

/** The metadata every kind of canister has: its public Candid interface. */
export function candidMetadata(service: string): Map<string, MetadataSection> {
  return new Map([['candid:service', { visibility: 'public', content: Buffer.from(service) }]]);
}
