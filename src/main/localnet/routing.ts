// Which request is meant for what: the URL's parts, and whether the effective canister id in it is the right
// one for the request's content.
import { Principal } from '@icp-sdk/core/principal';
import type { CallContent } from './envelope.js';
import { MANAGEMENT_CANISTER_ID } from './management.js';
import type { Network } from './network.js';
import { Refusal } from './refusal.js';

/** What a URL stands for. */
export type Route = { readonly endpoint: 'status' } | RequestRoute;

/** The way in of a signed request. */
export interface RequestRoute {
  readonly endpoint: 'call' | 'query' | 'read_state';
  readonly version: 2 | 3 | 4;
  readonly scope: 'canister' | 'subnet';
  readonly id: Principal;
}

const PATTERN = /^\/api\/v([234])\/(canister|subnet)\/([^/]+)\/(call|query|read_state)$/;

// The versions that the interface has for each endpoint.
const VERSIONS: Readonly<Record<string, readonly number[]>> = {
  'canister/call': [2, 3, 4],
  'canister/query': [2, 3],
  'canister/read_state': [2, 3],
  'subnet/call': [4],
  'subnet/query': [3],
  'subnet/read_state': [2, 3],
};

/**
 * What `method` and `path` stand for, `undefined` when nothing.
 * @throws Refusal (400) when the id in the path is no principal, 405 for the wrong method
 */
export function routeOf(method: string, path: string): Route | undefined {
  if (path === '/api/v2/status') {
    if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, `${path} is read with GET`);
    return { endpoint: 'status' };
  }
  const [, version, scope, id, endpoint] = PATTERN.exec(path) ?? [];
  if (id === undefined || !VERSIONS[`${scope}/${endpoint}`]?.includes(Number(version))) return undefined;
  if (method !== 'POST') throw new Refusal(405, `${path} is called with POST`);
  return {
    endpoint: endpoint as 'call' | 'query' | 'read_state',
    version: Number(version) as 2 | 3 | 4,
    scope: scope as 'canister' | 'subnet',
    id: principalOf(id),
  };
}

/**
 * Checks that a call or query may be sent to `route`: the id in the URL is the canister called or, for the
 * management canister, the canister that the call is about.
 * @throws Refusal (400)
 */
export function checkEffectiveId(network: Network, route: RequestRoute, content: CallContent): void {
  const toManagement = content.canisterId.toText() === MANAGEMENT_CANISTER_ID;
  if (route.scope === 'subnet') {
    checkSubnet(network, route.id);
    if (!toManagement) throw new Refusal(400, 'only the management canister is called through a subnet');
    return;
  }
  const expected = toManagement ? network.management.subject(content.arg) : content.canisterId;
  if (expected !== undefined && expected.compareTo(route.id) !== 'eq') {
    throw new Refusal(
      400,
      `Specified CanisterId ${expected.toText()} does not match effective canister id in URL ${route.id.toText()}`,
    );
  }
}

/** @throws Refusal (400) when `id` is not this network's subnet */
export function checkSubnet(network: Network, id: Principal): void {
  if (id.compareTo(network.keys.subnetId) !== 'eq') {
    throw new Refusal(400, `subnet ${id.toText()} not found`);
  }
}

function principalOf(text: string): Principal {
  try {
    return Principal.fromText(text);
  } catch {
    throw new Refusal(400, `${text} in the URL is not a principal`);
  }
}
