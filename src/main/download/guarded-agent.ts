// Connections that are checked: an agent of undici that asks, for each address it is about to connect to, whether it
// may. Names are resolved once, here, and what was checked is what is connected to.

import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent } from 'undici';

/** Whether a literal address may be connected to. */
export type AddressRule = (address: string) => boolean;

/** The reason why nothing was connected to. */
export class AddressRefused extends Error {}

/** An agent for one download. It keeps no connection to reuse longer than that. */
export function guardedAgent(mayConnect: AddressRule, lookup: LookupFunction = systemLookup): Agent {
  return new Agent({
    connect: { lookup: guardedLookup(mayConnect, lookup), timeout: 0 },
    // The time of the whole exchange is limited by whoever makes it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/**
 * A host given as an address is never looked up, so it is checked by itself.
 * @throws AddressRefused
 */
export function checkLiteralHost({ hostname }: URL, mayConnect: AddressRule): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !mayConnect(address)) throw refused(hostname, [address]);
}

/** As `lookup`, but without the addresses that may not be connected to. */
function guardedLookup(mayConnect: AddressRule, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error !== null) return callback(error, found, family);
      const all: LookupAddress[] =
        typeof found === 'string' ? [{ address: found, family: family ?? isIP(found) }] : found;
      const allowed = all.filter(({ address }) => mayConnect(address));
      const [first] = allowed;
      if (first === undefined) {
        return callback(
          refused(
            hostname,
            all.map(({ address }) => address),
          ),
          '',
        );
      }
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(host: string, addresses: readonly string[]): AddressRefused {
  const where = addresses.length === 1 && addresses[0] === host ? host : `${host} (${addresses.join(', ')})`;
  return new AddressRefused(`${where} is not an address of the public Internet`);
}
