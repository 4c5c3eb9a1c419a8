// The agent of a client that makes its own requests. Reading the state is the package's; calls and queries, of which
// there may be thousands a second, are put together here with the platform's hashes, and sent without detours.
import { randomBytes } from 'node:crypto';
import { Cbor, type Endpoint, HttpAgent, type HttpAgentRequest, type Identity } from '@icp-sdk/core/agent';
import { networkFailed } from './agent-failure.js';
import { agentFetch, sendInContext } from './agent-fetch.js';
import type { Agent, AgentCallFields, AgentReadFields, AgentSubmission } from './agent-port.js';
import { callContext } from './call-context.js';
import type { HttpResponse } from './http-exchange.js';
import type { HttpTransport } from './http-transport.js';
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

/** An agent whose requests go over one transport. */
export class OwnAgent implements Agent {
  readonly #parts: OwnAgentParts;
  readonly #packaged: LocalClockAgent;
  readonly #sender: Uint8Array;

  constructor(parts: OwnAgentParts) {
    const { url: host, transport, identity, rootKey } = parts;
    this.#parts = parts;
    this.#sender = identity.getPrincipal().toUint8Array();
    this.#packaged = new LocalClockAgent({
      host,
      identity,
      fetch: agentFetch(transport),
      // The transport repeats requests; it knows which ones may be.
      retryTimes: 0,
      ...(rootKey === undefined ? { shouldFetchRootKey: true } : { rootKey }),
    });
  }

  get rootKey(): Uint8Array | null {
    return this.#packaged.rootKey;
  }

  fetchRootKey(): Promise<Uint8Array> {
    return this.#packaged.fetchRootKey();
  }

  async getPrincipal(): Promise<{ toText(): string }> {
    return this.#parts.identity.getPrincipal();
  }

  readState(canisterId: never, fields: AgentReadFields): Promise<{ readonly certificate: Uint8Array }> {
    return this.#packaged.readState(canisterId, fields);
  }

  async call(canisterId: string, fields: AgentCallFields): Promise<AgentSubmission> {
    const content = { ...this.#content('call', canisterId, fields), nonce: randomBytes(NONCE_BYTES) };
    const { requestId, body } = await this.#envelope('call', content);
    const context = callContext.getStore();
    if (context) {
      context.signal?.throwIfAborted();
      context.sendSignal?.throwIfAborted();
      context.requestId = requestId;
    }
    const target = fields.effectiveCanisterId;
    let answer = await this.#post(`/api/v4/canister/${target}/call`, body);
    // Older networks are asked for the outcome afterwards.
    if (answer.status === NOT_FOUND) answer = await this.#post(`/api/v2/canister/${target}/call`, body);
    if (answer.status !== ACCEPTED) requireOk(answer);
    const answered = answer.status === OK && answer.body.length > 0;
    return {
      requestId,
      response: { status: answer.status, body: answered ? decoded(answer) : null },
    };
  }

  async query(canisterId: string, fields: AgentCallFields): Promise<unknown> {
    const { requestId, body } = await this.#envelope('read', this.#content('query', canisterId, fields));
    const answer = await this.#post(`/api/v3/canister/${fields.effectiveCanisterId}/query`, body);
    requireOk(answer);
    return { ...(decoded(answer) as object), requestId };
  }

  #content(requestType: string, canisterId: string, { methodName, arg }: AgentCallFields): Content {
    return {
      request_type: requestType,
      canister_id: parsePrincipal('canister', canisterId).toUint8Array(),
      method_name: methodName,
      arg,
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
    const { body } = (await this.#parts.identity.transformRequest(
      request as unknown as HttpAgentRequest,
    )) as { readonly body: { readonly content: Content } };
    return { requestId: hashOfMap(body.content), body: Cbor.encode(body) };
  }

  #post(path: string, body: Uint8Array): Promise<HttpResponse> {
    const url = new URL(path, this.#parts.url);
    return sendInContext(this.#parts.transport, { url, method: 'POST', headers: HEADERS, body });
  }
}

/** Read from bytes of its own: of a `Buffer`, the decoder gives parts that are not. */
function decoded({ body }: HttpResponse): unknown {
  return Cbor.decode(new Uint8Array(body));
}

/** @throws Error; what was answered is in the {@link callContext} */
function requireOk({ status, body }: HttpResponse): void {
  if (status === OK) return;
  if (Buffer.from(body).includes('Invalid request expiry: ')) throw clocksDiffer();
  throw new Error(`the network answered with status ${status}`);
}

/**
 * An agent that goes by this machine's clock. The package's would set its clock by the first certificate
 * that it finds too old, and so believe a network that answers with old ones.
 */
class LocalClockAgent extends HttpAgent {
  override syncTime(): Promise<void> {
    return Promise.reject(clocksDiffer());
  }
}

function clocksDiffer(): Error {
  const reason = "the network's clock and this machine's are minutes apart";
  return networkFailed(reason, reason);
}
