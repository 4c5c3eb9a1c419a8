// The agent of a client that makes its own requests. There may be thousands a second: they are put together here with the
// platform's hashes, and sent without detours.
import { randomBytes } from 'node:crypto';
import { Cbor, type Endpoint, type HttpAgentRequest, type Identity } from '@icp-sdk/core/agent';
import { isObject } from '../../bridge/is-object.js';
import { networkFailed } from './agent-failure.js';
import { type Agent, type AgentCallFields, type AgentSubmission, certificateIn } from './agent-port.js';
import { type CallContext, throwIfStopped } from './call-context.js';
import { HttpFailure, type HttpRequest, type HttpResponse } from './http-exchange.js';
import type { HttpTransport, Repetition } from './http-transport.js';
import type { HttpAnswer } from './plugin-text.js';
import { parsePrincipal } from './principal.js';
import { type Hashable, hashOfMap } from './representation-hash.js';

/** What an {@link OwnAgent} is made of. */
export interface OwnAgentParts {
  /** The network's address. */
  readonly url: string;
  readonly transport: HttpTransport;
  readonly identity: Identity;
  /** To be fetched when there is none. */
  readonly rootKey?: Uint8Array | undefined;
}

/** How long a request may be under way before the network takes it in: it allows for five minutes from its own time. */
const EXPIRY_MS = 4 * 60_000;
const NONCE_BYTES = 16;
const HEADERS = { 'content-type': 'application/cbor' };
const OK = 200;
const ACCEPTED = 202;
const NOT_FOUND = 404;

type Content = { readonly [field: string]: Hashable };

/** An agent whose requests go over one transport. It goes by this machine's clock, whatever the network says. */
export class OwnAgent implements Agent {
  readonly heedsSignals = true;
  readonly rootKey: Uint8Array | null;
  readonly #url: string;
  readonly #transport: HttpTransport;
  readonly #identity: Identity;
  readonly #sender: Uint8Array;

  constructor({ url, transport, identity, rootKey }: OwnAgentParts) {
    this.rootKey = rootKey ?? null;
    this.#url = url;
    this.#transport = transport;
    this.#identity = identity;
    this.#sender = identity.getPrincipal().toUint8Array();
  }

  async fetchRootKey(context: CallContext): Promise<unknown> {
    const url = new URL('/api/v2/status', this.#url);
    const answer = await this.#send({ url, method: 'GET', headers: {} }, 'harmless', context);
    requireOk(answer);
    const status = decoded(answer);
    return isObject(status) ? status['root_key'] : undefined;
  }

  async principal(): Promise<string> {
    return this.#identity.getPrincipal().toText();
  }

  async readState(
    canisterId: string,
    paths: readonly Uint8Array[][],
    context: CallContext,
  ): Promise<Uint8Array> {
    const { body } = await this.#envelope('read_state', { ...this.#content('read_state'), paths });
    const answer = await this.#post(`/api/v3/canister/${canisterId}/read_state`, body, 'harmless', context);
    requireOk(answer);
    const certificate = certificateIn(decoded(answer));
    if (certificate) return certificate;
    const reason = 'the network answered without a certificate';
    throw networkFailed(reason, reason);
  }

  async call(canisterId: string, fields: AgentCallFields, context: CallContext): Promise<AgentSubmission> {
    const content = {
      ...this.#content('call'),
      ...callContent(canisterId, fields),
      nonce: randomBytes(NONCE_BYTES),
    };
    const { requestId, body } = await this.#envelope('call', content);
    throwIfStopped(context);
    context.requestId = requestId;
    const submit = (version: string): Promise<HttpResponse> => {
      const path = `/api/${version}/canister/${fields.effectiveCanisterId}/call`;
      context.onSubmission?.();
      return this.#post(path, body, 'only-if-not-received', context);
    };
    let answer = await submit('v4');
    // Older networks are asked for the outcome afterwards.
    if (answer.status === NOT_FOUND) answer = await submit('v2');
    if (answer.status !== ACCEPTED) requireOk(answer);
    const answered = answer.status === OK && answer.body.length > 0;
    return {
      requestId,
      response: { status: answer.status, body: answered ? decoded(answer) : null },
    };
  }

  async query(canisterId: string, fields: AgentCallFields, context: CallContext): Promise<unknown> {
    const content = { ...this.#content('query'), ...callContent(canisterId, fields) };
    const { requestId, body } = await this.#envelope('read', content);
    const path = `/api/v3/canister/${fields.effectiveCanisterId}/query`;
    const answer = await this.#post(path, body, 'harmless', context);
    requireOk(answer);
    return { ...(decoded(answer) as object), requestId };
  }

  /** What every request says. */
  #content(requestType: string): Content {
    return {
      request_type: requestType,
      sender: this.#sender,
      ingress_expiry: BigInt(Date.now() + EXPIRY_MS) * 1_000_000n,
    };
  }

  /** The request with its signature, and its id, which is the hash of what is signed. */
  async #envelope(
    endpoint: `${Endpoint}`,
    content: Content,
  ): Promise<{ readonly requestId: Uint8Array; readonly body: Uint8Array }> {
    const request = { request: { method: 'POST', headers: {} }, endpoint, body: content };
    const { body } = (await this.#identity.transformRequest(request as unknown as HttpAgentRequest)) as {
      readonly body: { readonly content: Content };
    };
    return { requestId: hashOfMap(body.content), body: Cbor.encode(body) };
  }

  #post(path: string, body: Uint8Array, repetition: Repetition, context: CallContext): Promise<HttpResponse> {
    const url = new URL(path, this.#url);
    return this.#send({ url, method: 'POST', headers: HEADERS, body }, repetition, context);
  }

  /** Sends a request with the signals of its call, and tells the call what became of it. @throws HttpFailure */
  async #send(request: HttpRequest, repetition: Repetition, context: CallContext): Promise<HttpResponse> {
    // A refusal at one endpoint may have been followed by another attempt: only the last one counts.
    context.failure = undefined;
    context.refusal = undefined;
    const { signal, sendSignal } = context;
    try {
      const response = await this.#transport.send({ ...request, signal, sendSignal }, repetition);
      if (response.status !== OK && response.status !== ACCEPTED) context.refusal = asRefusal(response);
      return response;
    } catch (error) {
      if (error instanceof HttpFailure) context.failure = error;
      throw error;
    }
  }
}

function callContent(canisterId: string, { methodName, arg }: AgentCallFields): Content {
  return {
    canister_id: parsePrincipal('canister', canisterId).toUint8Array(),
    method_name: methodName,
    arg,
  };
}

function asRefusal({ status, headers, body }: HttpResponse): HttpAnswer {
  const contentType = [headers['content-type'] ?? ''].flat().join(', ');
  return { status, contentType, content: body };
}

/** Read from bytes of its own: of a `Buffer`, the decoder gives parts that are not. */
function decoded({ body }: HttpResponse): unknown {
  return Cbor.decode(new Uint8Array(body));
}

/** @throws Error; what was answered is in the {@link CallContext} */
function requireOk({ status, body }: HttpResponse): void {
  if (status === OK) return;
  if (Buffer.from(body).includes('Invalid request expiry: ')) throw clocksDiffer();
  throw new Error(`the network answered with status ${status}`);
}

function clocksDiffer(): Error {
  const reason = "the network's clock and this machine's are minutes apart";
  return networkFailed(reason, reason);
}
