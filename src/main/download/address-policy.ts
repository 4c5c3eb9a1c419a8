// Which addresses a download may connect to. Asked with the address that is about to be connected to, after names are
// resolved, so that neither a name nor a redirection gets round it.

import ipaddr from 'ipaddr.js';

/**
 * Where downloads may come from. `any` is for projects whose network is on this machine; everything else fetches from
 * `public-only` addresses, so that a manifest cannot make its reader fetch from the networks the reader is in.
 */
export type AllowedAddresses = 'public-only' | 'any';

/** Whether `address`, a literal IPv4 or IPv6 address, is one of the public Internet. */
export function isPublicAddress(address: string): boolean {
  // A zone belongs to link-local addresses.
  if (address.includes('%') || !ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.kind() === 'ipv4') return parsed.range() === 'unicast';
  const ipv6 = parsed as ipaddr.IPv6;
  if (ipv6.isIPv4MappedAddress()) return isPublicAddress(ipv6.toIPv4Address().toString());
  // 64:ff9b::/96, where a network without IPv4 puts the addresses of hosts that have nothing else.
  if (ipv6.range() === 'rfc6052')
    return isPublicAddress(ipaddr.fromByteArray(ipv6.toByteArray().slice(12)).toString());
  // 2000::/3 is all that is given out to hosts; within it some ranges are set apart.
  return ipv6.range() === 'unicast' && ((ipv6.parts[0] ?? 0) & 0xe000) === 0x2000;
}
