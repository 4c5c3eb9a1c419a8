// Whether a service can do what a plan wants, and by which names it knows the network and who signs.

import { SandpoolError } from '../../bridge/errors.js';
import type { Session } from '../client/index.js';
import { normalisedAddress } from '../project/network-manifest.js';
import { plainList, printable } from '../project/shown-text.js';
import { shownUrl } from '../project/shown-url.js';
import type { SyncPlan } from '../sync/plan.js';

/** Where a plan is done, in the service's own names. */
export interface ServicePlace {
  readonly network: string;
  readonly identity: string;
  /** Of the identity. */
  readonly principal: string;
}

/**
 * Refuses a plan that a service cannot do: it runs plugins, and no commands.
 * @throws SandpoolError SCRIPT_NOT_ON_SERVICE
 */
export function requirePluginsOnly({ canisters }: SyncPlan): void {
  const refused = canisters.filter(({ steps }) => steps.some(({ kind }) => kind === 'script'));
  if (refused.length === 0) return;
  throw new SandpoolError('SCRIPT_NOT_ON_SERVICE', { canisters: plainList(refused.map(({ name }) => name)) });
}

/**
 * The network of the plan and the identity that is wanted, as the service knows them.
 *
 * @param url of the service
 * @param identity a name on the service; its only one when left out
 * @throws SandpoolError NETWORK_NOT_ON_SERVICE, IDENTITY_NOT_ON_SERVICE
 */
export function placeOnService(
  url: string,
  { network }: SyncPlan,
  { networks, identities }: Session,
  identity: string | undefined,
): ServicePlace {
  const wanted = normalisedAddress(network.apiUrl) ?? network.apiUrl;
  const found = networks.find((offered) => (normalisedAddress(offered.url) ?? offered.url) === wanted);
  if (found === undefined) {
    const known = plainList(networks.map((offered) => `${offered.name} (${shownUrl(offered.url)})`));
    throw new SandpoolError('NETWORK_NOT_ON_SERVICE', {
      url: shownUrl(url),
      network: shownUrl(wanted),
      known,
    });
  }
  const [only, ...others] = identities;
  const signer =
    identity === undefined && others.length === 0 ? only : identities.find(({ name }) => name === identity);
  if (signer === undefined) {
    const reason =
      identity === undefined ? 'there is not just one' : `there is no ${printable(identity)} for this token`;
    const known = plainList(identities.map(({ name }) => name));
    throw new SandpoolError('IDENTITY_NOT_ON_SERVICE', { url: shownUrl(url), reason, known });
  }
  return { network: found.name, identity: signer.name, principal: signer.principal };
}
