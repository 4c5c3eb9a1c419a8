// What is asked of an agent, so that one of either package will do, and reading what agents return, which they
// pass on from the network unchecked.
import { requestIdOf } from '@icp-sdk/core/agent';
import { isObject } from '../../bridge/is-object.js';
import { callContext } from './call-context.js';
import { certificateInvalid } from './certificate.js';
import type { Rejection } from './client.js';
import type { NodeSignature, QueryAnswer } from './query-signature.js';

/** The fields of a call, as both packages name them. */
export interface AgentCallFields {
  readonly methodName: string;
  readonly arg: Uint8Array;
  /** Text too, though the older package's types ask for its own principals. */
  readonly effectiveCanisterId: never;
}

/** What signs requests, sends them, and decodes answers. */
export interface Agent {
  readonly rootKey: Uint8Array | null;
  fetchRootKey(): Promise<Uint8Array>;
  getPrincipal(): Promise<{ toText(): string }>;
  call(canisterId: string, fields: AgentCallFields): Promise<AgentSubmission>;
  query(canisterId: string, fields: AgentCallFields): Promise<unknown>;
  /** Called through {@link readAgentState}. */
  readState(canisterId: never, fields: AgentReadFields): Promise<{ readonly certificate: Uint8Array }>;
}

/** An `HttpAgent` of `@icp-sdk/core` or of `@dfinity/agent`. Both take principals as text. */
export interface AgentLike extends Agent {
  addTransform(type: 'update', transform: RequestTransform, priority: number): void;
}

/** What to read of the state tree. */
export interface AgentReadFields {
  paths: Uint8Array[][];
  readonly blsVerify: (key: Uint8Array, signature: Uint8Array, message: Uint8Array) => Promise<boolean>;
  readonly disableTimeVerification: boolean;
}

/** What an agent says of a call that was taken on. */
export interface AgentSubmission {
  readonly requestId: Uint8Array;
  readonly response: { readonly status: number; readonly body: unknown };
}

type RequestTransform = (request: { readonly body: Record<string, unknown> }) => Promise<undefined>;

/** Nonces are added at 0 and belong to the request id, so this comes after them. */
const AFTER_NONCE = -1;
const watched = new WeakSet<AgentLike>();

/** Has `agent` tell the {@link callContext} of each call its request id before the call is signed. */
export function watchRequestIds(agent: AgentLike): void {
  if (watched.has(agent)) return;
  watched.add(agent);
  const tell: RequestTransform = async (request) => {
    const context = callContext.getStore();
    if (context) {
      context.signal?.throwIfAborted();
      context.sendSignal?.throwIfAborted();
      context.requestId = requestIdOf(request.body);
      context.onRequestId?.();
    }
    return undefined;
  };
  agent.addTransform('update', tell, AFTER_NONCE);
}

/** Reads the state tree. The older package takes the canister's id; the newer one still does, though its types do not say so. */
export function readAgentState(
  agent: Agent,
  canisterId: string,
  fields: AgentReadFields,
): Promise<{ readonly certificate: Uint8Array }> {
  return agent.readState(canisterId as never, fields);
}

/** The certificate in the body of an answer to a call, if there is one. */
export function certificateIn(body: unknown): Uint8Array | undefined {
  return isObject(body) && body['certificate'] instanceof Uint8Array ? body['certificate'] : undefined;
}

/** The rejection in the body of an answer to a call, if it was refused before it was taken in. */
export function rejectionIn(body: unknown): Rejection | undefined {
  if (!isObject(body) || typeof body['reject_message'] !== 'string') return undefined;
  const code = Number(body['reject_code']);
  const rejection = { code, message: body['reject_message'] };
  return typeof body['error_code'] === 'string' ? { ...rejection, errorCode: body['error_code'] } : rejection;
}

/** An answer to a query, checked for its shape. @throws CallFailure CERTIFICATE_INVALID */
export function queryAnswerOf(value: unknown, canisterId: string): QueryAnswer {
  const malformed = () => certificateInvalid(canisterId, 'it is malformed');
  if (!isObject(value) || !(value['requestId'] instanceof Uint8Array)) throw malformed();
  const signatures = value['signatures'] ?? [];
  if (!Array.isArray(signatures) || !signatures.every(isNodeSignature)) throw malformed();
  const common = { requestId: value['requestId'], signatures };
  if (value['status'] === 'replied') {
    const { reply } = value;
    if (!isObject(reply) || !(reply['arg'] instanceof Uint8Array)) throw malformed();
    return { ...common, status: 'replied', reply: { arg: reply['arg'] } };
  }
  const rejection = rejectionIn(value);
  if (value['status'] !== 'rejected' || rejection === undefined) throw malformed();
  return {
    ...common,
    status: 'rejected',
    reject_code: rejection.code,
    reject_message: rejection.message,
    error_code: rejection.errorCode,
  };
}

function isNodeSignature(value: unknown): value is NodeSignature {
  return (
    isObject(value) &&
    value['signature'] instanceof Uint8Array &&
    value['identity'] instanceof Uint8Array &&
    (typeof value['timestamp'] === 'bigint' || Number.isSafeInteger(value['timestamp']))
  );
}
