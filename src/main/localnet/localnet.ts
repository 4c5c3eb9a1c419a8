// A network from its options: puts the parts together and is the handle that a user holds.

import { loadBls } from './bls.js';
import { CanisterHost, type HostedCanister } from './canister-host.js';
import { createAssetsCanister } from './canisters/assets.js';
import type { Canister } from './canisters/canister.js';
import { createKvCanister } from './canisters/kv.js';
import { createProxyCanister } from './canisters/proxy.js';
import { createTestCanister } from './canisters/test.js';
import { Certifier } from './certifier.js';
import { Executor } from './executor.js';
import { type Fault, Faults, type InjectedFault } from './faults.js';
import { sha256 } from './hashing.js';
import { IngressHistory } from './ingress.js';
import { deriveKeys } from './keys.js';
import { Management } from './management.js';
import {
  type CanisterKind,
  type LocalnetOptions,
  type ResolvedCanisterOptions,
  resolveOptions,
} from './options.js';
import { listen } from './server.js';
import { StateTrees } from './state-tree.js';
import { Counters, type LocalnetStatistics } from './statistics.js';
import { Timers } from './timers.js';

/** A canister of a running network. */
export interface LocalnetCanister {
  readonly id: string;
  readonly name: string;
  readonly kind: CanisterKind;
}

/** A running network. */
export interface Localnet extends AsyncDisposable {
  /** Such as `http://127.0.0.1:49152`, without a slash at the end. */
  readonly url: string;
  /** The root key in DER: 133 bytes. */
  readonly rootKey: Uint8Array;
  /** The root key as 266 hex characters. */
  readonly rootKeyHex: string;
  /** In the order of the options. */
  readonly canisters: readonly LocalnetCanister[];
  /**
   * Makes the network do something wrong from now on.
   * @throws SandpoolError `INVALID_OPTION`
   */
  inject(fault: Fault): InjectedFault;
  /** Ends all faults. Requests that were left without a reply stay so. */
  clearFaults(): void;
  statistics(): LocalnetStatistics;
  /** Ends the network at once: connections are cut, updates that wait are dropped. May be called twice. */
  close(): Promise<void>;
}

const FACTORIES: Readonly<Record<CanisterKind, () => Canister>> = {
  kv: createKvCanister,
  assets: createAssetsCanister,
  proxy: createProxyCanister,
  test: createTestCanister,
};

/**
 * Starts an embedded network: the Internet Computer's HTTP interface on this machine, with canisters written
 * in TypeScript, certificates that verify against its root key and query answers signed by its node. It is
 * for tests and trials: its keys are derived from a text, and nothing is kept when it ends.
 *
 * @throws SandpoolError `INVALID_OPTION`, `INVALID_PRINCIPAL`, `LISTEN_FAILED`
 * @example
 * ```ts
 * await using localnet = await startLocalnet({ canisters: [{ kind: 'kv' }] });
 * const agent = await HttpAgent.create({ host: localnet.url, rootKey: localnet.rootKey });
 * ```
 */
export async function startLocalnet(options: LocalnetOptions = {}): Promise<Localnet> {
  const resolved = resolveOptions(options);
  await loadBls();
  const keys = deriveKeys(resolved.seed, resolved.subnetKey);
  const host = new CanisterHost(resolved.canisters.map(place));
  const counters = new Counters();
  const timers = new Timers();
  const faults = new Faults();
  const management = new Management(host);
  const executor = new Executor(host, management, counters, timers);
  const states = new StateTrees(host, keys);
  const certifier = new Certifier(keys, states, counters, timers, resolved.roundMs);
  const history = new IngressHistory();
  const server = await listen({
    options: resolved,
    keys,
    host,
    management,
    executor,
    history,
    certifier,
    faults,
    counters,
    timers,
  });
  const close = async (): Promise<void> => {
    timers.close();
    await server.close();
  };
  return {
    url: `http://${resolved.host.includes(':') ? `[${resolved.host}]` : resolved.host}:${server.port}`,
    rootKey: keys.root.publicKeyDer,
    rootKeyHex: Buffer.from(keys.root.publicKeyDer).toString('hex'),
    canisters: resolved.canisters.map(({ id, name, kind }) => ({ id: id.toText(), name, kind })),
    inject: (fault) => faults.inject(fault),
    clearFaults: () => faults.clear(),
    statistics: () => counters.snapshot(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function place({ id, name, kind, controllers, cycles }: ResolvedCanisterOptions): HostedCanister {
  return {
    id,
    name,
    kind,
    controllers,
    cycles,
    canister: FACTORIES[kind](),
    moduleHash: sha256(`sandpool localnet canister: ${kind}`),
    status: 'running',
    environmentVariables: [],
    version: 1n,
  };
}
