// Where a request says it is going, and where it comes from. A page of any site can have a browser send requests to this
// machine; by a name that it lets point here (DNS rebinding), even so that it reads the answers. Such requests carry
// that site's name, and are refused by it.

import { SandpoolError } from '../../../bridge/errors.js';
import { quoted } from '../../project/shown-text.js';
import type { ServiceConfiguration } from '../config/service-configuration.js';
import { isLoopbackName, parseHostName } from './host-name.js';

/** What is known of who may ask. */
export type AcceptedSources = Pick<ServiceConfiguration, 'hosts' | 'origins'>;

/**
 * Whether a request with this Host header is meant for this service: localhost, 127.0.0.1 or [::1], or a configured
 * name; without a port, or with `localPort`, or with the port that was configured.
 */
export function hostAllowed(
  hostHeader: string | undefined,
  { hosts }: Pick<AcceptedSources, 'hosts'>,
  localPort: number,
): boolean {
  const asked = hostHeader === undefined ? undefined : parseHostName(hostHeader);
  if (asked === undefined) return false;
  const isOwnPort = asked.port === undefined || asked.port === localPort;
  if (isOwnPort && isLoopbackName(asked.name)) return true;
  return hosts.some(
    ({ name, port }) => name === asked.name && (port === undefined ? isOwnPort : port === asked.port),
  );
}

/**
 * Whether a request with this Origin header may be answered: it has none, as what is no page of another site; it is the
 * service's own, the host of the Host header; or it is configured.
 *
 * @param hostHeader one that {@link hostAllowed} allows
 */
export function originAllowed(
  originHeader: string | undefined,
  hostHeader: string | undefined,
  { origins }: Pick<AcceptedSources, 'origins'>,
): boolean {
  if (originHeader === undefined) return true;
  if (!isOrigin(originHeader)) return false;
  if (origins.includes(originHeader)) return true;
  const asked = hostHeader === undefined ? undefined : parseHostName(hostHeader);
  if (asked === undefined) return false;
  const { name, port } = asked;
  const { protocol, host } = new URL(originHeader);
  // The way a browser writes it: without the port that goes without saying.
  return host === new URL(`${protocol}//${name}${port === undefined ? '' : `:${port}`}`).host;
}

/** Whether `text` is an origin of a page, exactly as browsers write it: `https://panel.example.org`. */
export function isOrigin(text: string): boolean {
  return /^https?:\/\/[^/]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** @throws SandpoolError HOST_REFUSED, ORIGIN_REFUSED */
export function requireSource(
  headers: { readonly host?: string | undefined; readonly origin?: string | undefined },
  sources: AcceptedSources,
  localPort: number,
): void {
  const { host, origin } = headers;
  if (!hostAllowed(host, sources, localPort)) {
    throw new SandpoolError('HOST_REFUSED', { host: host === undefined ? 'that is missing' : quoted(host) });
  }
  if (!originAllowed(origin, host, sources)) {
    throw new SandpoolError('ORIGIN_REFUSED', { origin: quoted(origin ?? '') });
  }
}
