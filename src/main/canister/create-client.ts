// Making clients: for a network's address, or from an agent that the caller has.
import { AnonymousIdentity, IC_ROOT_KEY, type Identity } from '@icp-sdk/core/agent';
import { SandpoolError } from '../../bridge/errors.js';
import { AgentClient } from './agent-client.js';
import { failureOf, networkFailed } from './agent-failure.js';
import type { Agent } from './agent-port.js';
import type { BlsVerify } from './bls.js';
import { type BlsLease, leaseBls } from './bls-service.js';
import type { CallContext } from './call-context.js';
import type { CanisterClient } from './client.js';
import { type AgentLike, ForeignAgent } from './foreign-agent.js';
import { HttpTransport } from './http-transport.js';
import { OwnAgent } from './own-agent.js';
import { MANAGEMENT_CANISTER_ID } from './principal.js';
import type { Patience } from './update-ending.js';

/** What both ways of making a client take. */
export interface ClientOptions {
  /**
   * How long news of an update is waited for when its answer was lost, and while the network is away, in
   * milliseconds. 0 or more. @default 30_000
   */
  readonly fateTimeoutMs?: number;
  /** Checks signatures of certificates. @default one that remembers, shared by the whole process */
  readonly blsVerify?: BlsVerify;
}

/** Options of {@link createCanisterClient}. */
export interface CanisterClientOptions extends ClientOptions {
  /** The network's address, such as `https://icp-api.io`. */
  readonly url: string;
  /** The network's public key in DER; or whose it is; or `fetch`, to believe the network itself, whatever it says. */
  readonly rootKey: 'mainnet' | 'fetch' | Uint8Array;
  /** Who signs the calls. @default anonymous */
  readonly identity?: Identity;
  /** Connections to the network, and so calls at the same time, at most. 1 or more. @default 128 */
  readonly connections?: number;
  /** For one HTTP exchange, in milliseconds. 1 or more. @default 60_000 */
  readonly requestTimeoutMs?: number;
  /** For a connection to come about, in milliseconds. 1 or more. @default 10_000 */
  readonly connectTimeoutMs?: number;
}

/** The defaults of {@link CanisterClientOptions}. */
export const CLIENT_DEFAULTS = Object.freeze({
  fateTimeoutMs: 30_000,
  connections: 128,
  requestTimeoutMs: 60_000,
  connectTimeoutMs: 10_000,
});

/** The reference host's patience with an update that the network has taken on. */
const EXECUTION_TIMEOUT_MS = 5 * 60_000;
const ROOT_KEY_BYTES = 133;

/**
 * A client of the network at `url`. Nothing is sent unless the root key is to be fetched.
 *
 * @throws INVALID_OPTION; NETWORK_UNREACHABLE or NETWORK_FAILED when the root key cannot be fetched
 * @example
 * ```ts
 * const client = await createCanisterClient({ url: 'https://icp-api.io', rootKey: 'mainnet' });
 * const reply = await client.query({ canisterId: 'ryjl3-tyaaa-aaaaa-aaaba-cai', method: 'symbol', arg });
 * await client.close();
 * ```
 */
export async function createCanisterClient(options: CanisterClientOptions): Promise<CanisterClient> {
  const { rootKey } = options;
  checkUrl(options.url);
  if (rootKey instanceof Uint8Array) checkRootKey(rootKey);
  const transport = new HttpTransport({
    connections: atLeast(1, 'connections', options.connections),
    requestTimeoutMs: atLeast(1, 'requestTimeoutMs', options.requestTimeoutMs),
    connectTimeoutMs: atLeast(1, 'connectTimeoutMs', options.connectTimeoutMs),
    busyAttempts: 7,
    connectionAttempts: 4,
    firstPauseMs: 250,
    longestPauseMs: 5_000,
    longestRetryAfterMs: 30_000,
  });
  const agent = new OwnAgent({
    url: options.url,
    transport,
    identity: options.identity ?? new AnonymousIdentity(),
    rootKey:
      rootKey === 'fetch' ? undefined : rootKey === 'mainnet' ? Buffer.from(IC_ROOT_KEY, 'hex') : rootKey,
  });
  return clientOver(
    () => agent,
    options,
    () => transport.close(),
  );
}

/**
 * A client over an agent of `@icp-sdk/core` or of `@dfinity/agent`. Answers are verified here, whatever the
 * agent's own settings; how requests are sent and repeated is left to the agent. Closing the client leaves
 * the agent as it is.
 *
 * @throws NETWORK_UNREACHABLE or NETWORK_FAILED when the agent has no root key yet and cannot fetch it
 */
export function fromAgent(agent: AgentLike, options: ClientOptions = {}): Promise<CanisterClient> {
  return clientOver(
    (blsVerify) => new ForeignAgent(agent, blsVerify),
    options,
    async () => {},
  );
}

async function clientOver(
  agentWith: (verify: BlsVerify) => Agent,
  options: ClientOptions,
  closeTransport: () => Promise<void>,
): Promise<CanisterClient> {
  const patience: Patience = {
    fateMs: atLeast(0, 'fateTimeoutMs', options.fateTimeoutMs),
    executionMs: EXECUTION_TIMEOUT_MS,
  };
  const { verify, release } = options.blsVerify === undefined ? leaseBls() : unleased(options.blsVerify);
  const close = async (): Promise<void> => {
    await Promise.all([closeTransport(), release()]);
  };
  try {
    const agent = agentWith(verify);
    const rootKey = agent.rootKey ?? (await fetchRootKey(agent));
    const principal = await agent.principal();
    return new AgentClient({ agent, principal, rootKey, blsVerify: verify, patience, close });
  } catch (error) {
    await close();
    throw error;
  }
}

function unleased(verify: BlsVerify): BlsLease {
  return { verify, release: async () => {} };
}

async function fetchRootKey(agent: Agent): Promise<Uint8Array> {
  const context: CallContext = { canisterId: MANAGEMENT_CANISTER_ID };
  try {
    const rootKey = await agent.fetchRootKey(context);
    if (rootKey instanceof Uint8Array && rootKey.length === ROOT_KEY_BYTES) return rootKey;
  } catch (error) {
    throw failureOf(error, context);
  }
  const reason = 'the status of the network holds no root key';
  throw networkFailed(reason, reason);
}

function checkUrl(url: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new SandpoolError('INVALID_OPTION', { option: 'url', bound: 'an http or https address', value: url });
}

function checkRootKey(rootKey: Uint8Array): void {
  const prefix = Buffer.from(IC_ROOT_KEY, 'hex').subarray(0, ROOT_KEY_BYTES - 96);
  if (rootKey.length === ROOT_KEY_BYTES && prefix.equals(rootKey.subarray(0, prefix.length))) return;
  const value = `${rootKey.length} bytes`;
  throw new SandpoolError('INVALID_OPTION', {
    option: 'rootKey',
    bound: 'a BLS key of 133 bytes in DER',
    value,
  });
}

function atLeast(least: number, option: keyof typeof CLIENT_DEFAULTS, value: number | undefined): number {
  const chosen = value ?? CLIENT_DEFAULTS[option];
  if (Number.isFinite(chosen) && chosen >= least) return chosen;
  throw new SandpoolError('INVALID_OPTION', { option, bound: `${least} or more`, value: String(value) });
}
