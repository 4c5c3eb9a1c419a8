// The port through which everything else reaches canisters: bytes in, bytes out, one kind of failure.
// How a call is signed, sent, retried and verified is the business of the implementation.
import { type ErrorCode, type ErrorDetails, SandpoolError } from '../../bridge/errors.js';

/** A method of a canister and its argument. */
export interface CanisterCall {
  /** The canister, as a textual principal. */
  readonly canisterId: string;
  readonly method: string;
  /** Candid bytes, forwarded as they are. */
  readonly arg: Uint8Array;
  /** Where a call of the management canister is routed: the canister that it is about. */
  readonly effectiveCanisterId?: string;
}

export interface CallOptions {
  /** Stops the call at once, whatever state it is in. */
  readonly signal?: AbortSignal | undefined;
}

export interface UpdateOptions extends CallOptions {
  /**
   * Stops an update for as long as it is certain that the network has not received it, and does nothing
   * afterwards: an update under way is followed to its end.
   */
  readonly sendSignal?: AbortSignal | undefined;
  /**
   * Called with the request id, in hex, when the update is about to be sent: once it returns it may take effect. When
   * it throws, the update is not sent.
   */
  readonly onSubmitted?: (requestIdHex: string) => void;
}

/** The certified reply to an update. */
export interface UpdateReply {
  readonly reply: Uint8Array;
  readonly requestIdHex: string;
}

/** Calls canisters of one network as one identity. Every answer is verified before it is returned. */
export interface CanisterClient {
  /** The identity's principal, in text. */
  readonly principal: string;
  /** The reply of a query, as one node of the subnet signed it. @throws CallFailure */
  query(call: CanisterCall, options?: CallOptions): Promise<Uint8Array>;
  /** The certified reply of an update. @throws CallFailure, whose `fate` says whether it may have taken effect. */
  update(call: CanisterCall, options?: UpdateOptions): Promise<UpdateReply>;
  /** A custom section of a canister's module, or `undefined` when it is certified that there is none. @throws CallFailure */
  metadata(canisterId: string, name: string, options?: CallOptions): Promise<Uint8Array | undefined>;
  /** Drops all connections. Calls under way fail. */
  close(): Promise<void>;
}

/**
 * What became of an update that failed: certainly not received by the network, answered with a rejection,
 * or not known.
 */
export type UpdateFate = 'not-sent' | 'rejected' | 'unknown';

/** A canister's or the network's refusal, as it was received. */
export interface Rejection {
  /** 1 to 5, as the interface specification numbers them. */
  readonly code: number;
  readonly message: string;
  readonly errorCode?: string;
}

/** What {@link CallFailure} needs to be made. */
export interface CallFailureInit {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** What the reference host puts after `canister call failed: `. */
  readonly pluginText: string;
  readonly fate?: UpdateFate | undefined;
  readonly requestIdHex?: string | undefined;
  readonly rejection?: Rejection | undefined;
  readonly cause?: unknown;
}

/** Why a call failed, for the caller of a run and, in the words of the reference host, for its plugin. */
export class CallFailure extends SandpoolError {
  readonly pluginText: string;
  /** Present for updates only. */
  readonly fate: UpdateFate | undefined;
  /** The update's request id in hex, once it is known. */
  readonly requestIdHex: string | undefined;
  readonly rejection: Rejection | undefined;

  constructor(init: CallFailureInit) {
    const requestId = init.requestIdHex === undefined ? {} : { requestId: init.requestIdHex };
    super(init.code, { ...init.details, ...requestId }, { cause: init.cause });
    this.pluginText = init.pluginText;
    this.fate = init.fate;
    this.requestIdHex = init.requestIdHex;
    this.rejection = init.rejection;
  }

  /** The same failure, said of an update. */
  ofUpdate(fate: UpdateFate, requestIdHex: string | undefined): CallFailure {
    const { code, details, pluginText, rejection, cause } = this;
    return new CallFailure({ code, details, pluginText, rejection, cause, fate, requestIdHex });
  }
}
