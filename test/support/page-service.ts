// What the tests of the page talk to. For now it is the stand-in, which answers the API from memory.

import { startStandIn } from './page-service.mjs';
import { canisterId, FAILING_CANISTER, HOSTILE_LINES } from './page-service-runs.mjs';

/** A service with a page, and what there is on it. */
export interface PageService {
  readonly url: string;
  /** May do everything. */
  readonly token: string;
  /** May read. */
  readonly readToken: string;
  readonly network: string;
  readonly identity: string;
  /** Names of plugins: one that works, one that prints and calls `hostileLines`. */
  readonly plugins: { readonly working: string; readonly hostile: string };
  readonly hostileLines: readonly string[];
  /** Canisters for which runs succeed, as many as are asked for, and one for which they fail. */
  readonly canister: (number: number) => string;
  readonly failingCanister: string;
  /** Breaks off every connection; the service goes on. */
  readonly breakConnections: () => void;
  readonly close: () => Promise<void>;
}

/** Starts it. `speed`: how many times faster than life, where that can be chosen. */
export async function startPageService({
  speed = 1,
}: {
  readonly speed?: number;
} = {}): Promise<PageService> {
  const { url, runs, breakConnections, close } = await startStandIn({ speed });
  return {
    url,
    token: runs.tokens.admin,
    readToken: runs.tokens.read,
    network: 'embedded',
    identity: 'deployer',
    plugins: { working: 'seed-data', hostile: '<b>hostile</b>' },
    hostileLines: HOSTILE_LINES,
    canister: canisterId,
    failingCanister: FAILING_CANISTER,
    breakConnections,
    close,
  };
}
