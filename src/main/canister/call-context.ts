// What one call of the port carries through the agent package to the transport underneath it. The package's
// methods take no signal and tell no request id beforehand, so both travel with the asynchronous context.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpFailure } from './http-exchange.js';
import type { HttpAnswer } from './plugin-text.js';

/** The call that is being made, seen by whatever runs on its behalf. */
export interface CallContext {
  /** The canister that the call is about, for the errors that it ends with. */
  readonly canisterId: string;
  /** Stops every request of the call. */
  readonly signal?: AbortSignal | undefined;
  /** Stops requests that have not been sent yet. */
  readonly sendSignal?: AbortSignal | undefined;
  /** Called when the update's request id is known, before it is signed. */
  readonly onRequestId?: () => void;
  /** Called when the update is about to be sent. Not by an agent that fetches by itself. */
  readonly onSubmission?: () => void;
  /** The request id of an update, once it is known. */
  requestId?: Uint8Array | undefined;
  /** The last request that got no answer. */
  failure?: HttpFailure | undefined;
  /** The last answer that was neither 200 nor 202. */
  refusal?: HttpAnswer | undefined;
}

/** The context of the call that is being made, if any. */
export const callContext = new AsyncLocalStorage<CallContext>();
