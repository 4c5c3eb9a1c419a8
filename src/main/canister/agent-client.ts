// The port over an agent: the agent signs, sends and decodes; whether an answer may be believed, and what
// became of an update whose answer was lost, is found out here.
import { cancelled, failureOf, fateOf, rejected } from './agent-failure.js';
import {
  type Agent,
  type AgentCallFields,
  type AgentSubmission,
  certificateIn,
  queryAnswerOf,
  rejectionIn,
} from './agent-port.js';
import type { BlsVerify } from './bls.js';
import type { CallContext } from './call-context.js';
import {
  certificateInvalid,
  type RequestStatus,
  readRequestStatus,
  type TrustAnchor,
  type VerifiedCertificate,
  verifyCertificate,
} from './certificate.js';
import type {
  CallFailure,
  CallOptions,
  CanisterCall,
  CanisterClient,
  UpdateOptions,
  UpdateReply,
} from './client.js';
import { lookupTree, lookupValue } from './hash-tree.js';
import { parsePrincipal } from './principal.js';
import { verifyQueryAnswer } from './query-signature.js';
import { untilStopped } from './stopping.js';
import { SubnetKeys } from './subnet-keys.js';
import { followUpdate, type Patience, replyIn } from './update-ending.js';

/** What an {@link AgentClient} is made of. */
export interface AgentClientParts {
  readonly agent: Agent;
  readonly principal: string;
  readonly rootKey: Uint8Array;
  readonly blsVerify: BlsVerify;
  readonly patience: Patience;
  readonly close: () => Promise<void>;
}

type AgentWork<Result> = (agent: Agent, context: CallContext) => Promise<Result>;

/** {@link CanisterClient} over an agent. */
export class AgentClient implements CanisterClient {
  readonly principal: string;
  readonly #parts: AgentClientParts;
  readonly #anchor: TrustAnchor;
  readonly #subnetKeys: SubnetKeys;
  readonly #closing = new AbortController();

  constructor(parts: AgentClientParts) {
    this.principal = parts.principal;
    this.#parts = parts;
    this.#anchor = { rootKey: parts.rootKey, blsVerify: parts.blsVerify };
    // What is read of a subnet serves many calls, so it is not stopped with the one that asked first.
    const readSubnet = (canisterId: string) => this.#readState(canisterId, [[Buffer.from('subnet')]]);
    this.#subnetKeys = new SubnetKeys(readSubnet, parts.rootKey);
  }

  async query(call: CanisterCall, options: CallOptions = {}): Promise<Uint8Array> {
    const { signal } = options;
    const target = targetOf(call);
    const [received, keys] = await Promise.all([
      this.#ask({ canisterId: target, signal }, (agent, context) =>
        agent.query(call.canisterId, fieldsOf(call, target), context),
      ),
      untilStopped(this.#subnetKeys.keysFor(target), signal),
    ]);
    const answer = queryAnswerOf(received, target);
    try {
      await verifyQueryAnswer(target, answer, keys);
    } catch (distrust) {
      // The subnet may have got other nodes meanwhile. Where that cannot be found out, the distrust stands.
      const fresh = this.#subnetKeys.freshKeysFor(target).catch(() => Promise.reject(distrust));
      await verifyQueryAnswer(target, answer, await untilStopped(fresh, signal));
    }
    if (answer.status === 'replied') return answer.reply.arg;
    const { reject_code: code, reject_message: message, error_code: errorCode } = answer;
    throw rejected(errorCode === undefined ? { code, message } : { code, message, errorCode });
  }

  async update(call: CanisterCall, options: UpdateOptions = {}): Promise<UpdateReply> {
    const { signal, sendSignal } = options;
    const target = targetOf(call);
    let isSubmitted = false;
    const onSubmission = () => {
      // When whoever listens throws, nothing has been sent yet, nor will be.
      if (context.requestId) options.onSubmitted?.(toHex(context.requestId));
      isSubmitted = true;
    };
    const context: CallContext = { canisterId: target, signal, sendSignal, onSubmission };
    let submission: AgentSubmission;
    try {
      submission = await this.#run(context, (agent) =>
        agent.call(call.canisterId, fieldsOf(call, target), context),
      );
    } catch (error) {
      const failure = failureOf(error, context);
      const { requestId } = context;
      if (!isSubmitted || requestId === undefined) throw failure.ofUpdate('not-sent', undefined);
      return this.#recover(failure, fateOf(error, context), target, requestId, context);
    }
    return this.#conclude(submission, target, signal);
  }

  async metadata(
    canisterId: string,
    name: string,
    options: CallOptions = {},
  ): Promise<Uint8Array | undefined> {
    const id = parsePrincipal('canister', canisterId).toUint8Array();
    const path = [Buffer.from('canister'), id, Buffer.from('metadata'), Buffer.from(name)];
    const { tree } = await this.#readState(canisterId, [path], options.signal);
    const found = lookupValue(tree, path);
    if (found.status === 'found') return found.value;
    if (found.status === 'absent') return undefined;
    const isCanisterShown = lookupTree(tree, path.slice(0, 2)).status !== 'unknown';
    const what = isCanisterShown ? `section \`${name}\` of canister ${canisterId}` : `canister ${canisterId}`;
    const text = `certificate proves nothing about ${what}`;
    throw certificateInvalid(canisterId, text, text);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#parts.close();
  }

  /** How an update ended that the network has answered. */
  async #conclude(
    { requestId, response }: AgentSubmission,
    target: string,
    signal: AbortSignal | undefined,
  ): Promise<UpdateReply> {
    const requestIdHex = toHex(requestId);
    const rejection = rejectionIn(response.body);
    if (rejection) throw rejected(rejection).ofUpdate('rejected', requestIdHex);
    const certificate = certificateIn(response.body);
    if (certificate) {
      const status = await this.#statusIn(certificate, target, requestId).catch((error: unknown) => {
        throw failureOf(error, { canisterId: target }).ofUpdate('unknown', requestIdHex);
      });
      const reply = replyIn(status, requestIdHex);
      if (reply) return reply;
    }
    return this.#follow(target, requestId, signal);
  }

  // An update that may be under way is never sent again: its request id says what became of it.
  async #recover(
    failure: CallFailure,
    fate: ReturnType<typeof fateOf>,
    target: string,
    requestId: Uint8Array,
    context: CallContext,
  ): Promise<UpdateReply> {
    const isHopeless = failure.code === 'CANCELLED' || context.failure?.kind === 'too-large';
    if (fate !== 'unknown' || isHopeless) throw failure.ofUpdate(fate, toHex(requestId));
    return this.#follow(target, requestId, context.signal, failure);
  }

  #follow(
    target: string,
    requestId: Uint8Array,
    signal: AbortSignal | undefined,
    lossOfAnswer?: CallFailure,
  ): Promise<UpdateReply> {
    const path = [Buffer.from('request_status'), requestId];
    const closing = this.#closing.signal;
    const stop = signal ? AbortSignal.any([signal, closing]) : closing;
    const readStatus = async () => {
      const { tree } = await this.#readState(target, [path], stop);
      return readRequestStatus(tree, target, requestId);
    };
    return followUpdate({
      canisterId: target,
      requestIdHex: toHex(requestId),
      readStatus,
      patience: this.#parts.patience,
      signal: stop,
      ...(lossOfAnswer && { lossOfAnswer }),
    });
  }

  async #statusIn(certificate: Uint8Array, target: string, requestId: Uint8Array): Promise<RequestStatus> {
    const { tree } = await verifyCertificate(certificate, target, this.#anchor);
    return readRequestStatus(tree, target, requestId);
  }

  async #readState(
    canisterId: string,
    paths: Uint8Array[][],
    signal?: AbortSignal,
  ): Promise<VerifiedCertificate> {
    const certificate = await this.#ask({ canisterId, signal }, (agent, context) =>
      agent.readState(canisterId, paths, context),
    );
    return untilStopped(verifyCertificate(certificate, canisterId, this.#anchor), signal);
  }

  async #ask<Result>(context: CallContext, work: AgentWork<Result>): Promise<Result> {
    try {
      return await this.#run(context, work);
    } catch (error) {
      throw failureOf(error, context);
    }
  }

  async #run<Result>(context: CallContext, work: AgentWork<Result>): Promise<Result> {
    if (context.signal?.aborted || context.sendSignal?.aborted) throw cancelled();
    const { agent } = this.#parts;
    return untilStopped(
      work(agent, context),
      context.signal,
      agent.heedsSignals ? 'one turn later' : 'at once',
    );
  }
}

/** The canister that certifies the answer. @throws INVALID_PRINCIPAL */
function targetOf({ canisterId, effectiveCanisterId }: CanisterCall): string {
  parsePrincipal('canister', canisterId);
  if (effectiveCanisterId === undefined) return canisterId;
  parsePrincipal('effective canister', effectiveCanisterId);
  return effectiveCanisterId;
}

function fieldsOf(call: CanisterCall, target: string): AgentCallFields {
  return { methodName: call.method, arg: call.arg, effectiveCanisterId: target };
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
