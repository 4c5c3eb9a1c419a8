// What is asked of an agent, so that one of either package will do, and reading what agents return, which they
// pass on from the network unchecked.
import { isObject } from '../../bridge/is-object.js';
import type { CallContext } from './call-context.js';
import { certificateInvalid } from './certificate.js';
import type { Rejection } from './client.js';
import type { NodeSignature, QueryAnswer } from './query-signature.js';

/** The fields of a call, as the agent packages name them. */
export interface AgentCallFields {
  readonly methodName: string;
  readonly arg: Uint8Array;
  readonly effectiveCanisterId: string;
}

/** What signs requests, sends them, and decodes answers. Whether an answer is to be believed is not its concern. */
export interface Agent {
  /** The network's public key in DER, when it is known. */
  readonly rootKey: Uint8Array | null;
  /**
   * Whether it stops requests when the context's signals abort, and tells of a submission when it is sent. One that does
   * not tells of it when it is signed, and what it has begun is left behind.
   */
  readonly heedsSignals: boolean;
  fetchRootKey(context: CallContext): Promise<unknown>;
  /** Who signs, as text. */
  principal(): Promise<string>;
  call(canisterId: string, fields: AgentCallFields, context: CallContext): Promise<AgentSubmission>;
  query(canisterId: string, fields: AgentCallFields, context: CallContext): Promise<unknown>;
  /** A certificate of what is at `paths`. */
  readState(canisterId: string, paths: readonly Uint8Array[][], context: CallContext): Promise<Uint8Array>;
}

/** What an agent says of a call that was taken on. */
export interface AgentSubmission {
  readonly requestId: Uint8Array;
  readonly response: { readonly status: number; readonly body: unknown };
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
