// An agent that somebody hands in. Its methods take no signal and tell no request id beforehand, so both travel with the
// asynchronous context: once that is used, Node follows every promise of the process, which costs all of them.
import { AsyncLocalStorage } from 'node:async_hooks';
import { requestIdOf } from '@icp-sdk/core/agent';
import type { Agent, AgentCallFields, AgentSubmission } from './agent-port.js';
import type { BlsVerify } from './bls.js';
import { type CallContext, throwIfStopped } from './call-context.js';

/** An `HttpAgent` of `@icp-sdk/core` or of `@dfinity/agent`. */
export interface AgentLike {
  readonly rootKey: Uint8Array | null;
  fetchRootKey(): Promise<Uint8Array>;
  getPrincipal(): Promise<{ toText(): string }>;
  call(canisterId: string, fields: PackageCallFields): Promise<AgentSubmission>;
  query(canisterId: string, fields: PackageCallFields): Promise<unknown>;
  /** The newer package takes the canister's id too, though its types do not say so. */
  readState(canisterId: never, fields: PackageReadFields): Promise<{ readonly certificate: Uint8Array }>;
  addTransform(type: 'update', transform: RequestTransform, priority: number): void;
}

/** Text will do for the id, though the older package's types ask for its own principals. */
type PackageCallFields = Omit<AgentCallFields, 'effectiveCanisterId'> & {
  readonly effectiveCanisterId: never;
};

interface PackageReadFields {
  paths: Uint8Array[][];
  readonly blsVerify: BlsVerify;
  readonly disableTimeVerification: boolean;
}

type RequestTransform = (request: { readonly body: Record<string, unknown> }) => Promise<undefined>;

/** Nonces are added at 0 and belong to the request id, so this comes after them. */
const AFTER_NONCE = -1;

/** The context of the call that is being made, if any. */
const callContext = new AsyncLocalStorage<CallContext>();
const watched = new WeakSet<AgentLike>();

/** {@link Agent} over somebody's agent. */
export class ForeignAgent implements Agent {
  readonly heedsSignals = false;
  readonly #agent: AgentLike;
  readonly #blsVerify: BlsVerify;

  constructor(agent: AgentLike, blsVerify: BlsVerify) {
    this.#agent = agent;
    this.#blsVerify = blsVerify;
    watchRequestIds(agent);
  }

  get rootKey(): Uint8Array | null {
    return this.#agent.rootKey;
  }

  fetchRootKey(context: CallContext): Promise<unknown> {
    return callContext.run(context, () => this.#agent.fetchRootKey());
  }

  async principal(): Promise<string> {
    return (await this.#agent.getPrincipal()).toText();
  }

  call(canisterId: string, fields: AgentCallFields, context: CallContext): Promise<AgentSubmission> {
    return callContext.run(context, () => this.#agent.call(canisterId, packageFields(fields)));
  }

  query(canisterId: string, fields: AgentCallFields, context: CallContext): Promise<unknown> {
    return callContext.run(context, () => this.#agent.query(canisterId, packageFields(fields)));
  }

  async readState(
    canisterId: string,
    paths: readonly Uint8Array[][],
    context: CallContext,
  ): Promise<Uint8Array> {
    const fields = {
      paths: [...paths],
      blsVerify: this.#blsVerify,
      // The time is checked by whoever reads the certificate, against this machine's clock and nothing else.
      disableTimeVerification: true,
    };
    const { certificate } = await callContext.run(context, () =>
      this.#agent.readState(canisterId as never, fields),
    );
    return certificate;
  }
}

function packageFields(fields: AgentCallFields): PackageCallFields {
  return fields as PackageCallFields;
}

/** Has `agent` tell the {@link callContext} of each call its request id before the call is signed. */
function watchRequestIds(agent: AgentLike): void {
  if (watched.has(agent)) return;
  watched.add(agent);
  const tell: RequestTransform = async (request) => {
    const context = callContext.getStore();
    if (context) {
      throwIfStopped(context);
      context.requestId = requestIdOf(request.body);
      context.onSubmission?.();
    }
    return undefined;
  };
  agent.addTransform('update', tell, AFTER_NONCE);
}
