// What belongs to one call of the port while an agent makes it: what may stop it, and what became of its requests.
import type { HttpFailure } from './http-exchange.js';
import type { HttpAnswer } from './plugin-text.js';

/** The call that is being made. */
export interface CallContext {
  /** The canister that the call is about, for the errors that it ends with. */
  readonly canisterId: string;
  /** Stops every request of the call. */
  readonly signal?: AbortSignal | undefined;
  /** Stops requests that have not been sent yet. */
  readonly sendSignal?: AbortSignal | undefined;
  /** Called when the update is about to be sent, its request id being known. */
  readonly onSubmission?: () => void;
  /** The request id of an update, once it is known. */
  requestId?: Uint8Array | undefined;
  /** The last request that got no answer. */
  failure?: HttpFailure | undefined;
  /** The last answer that was neither 200 nor 202. */
  refusal?: HttpAnswer | undefined;
}

/** @throws the reason of whichever signal of the call has aborted */
export function throwIfStopped({ signal, sendSignal }: CallContext): void {
  signal?.throwIfAborted();
  sendSignal?.throwIfAborted();
}
