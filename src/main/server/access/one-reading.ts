// Requests that could be read in two ways. Node keeps the first of two headers that may be there once, and drops the
// other; a proxy before it may keep the last. Whoever is asked and who is asking must not depend on that.

import { SandpoolError } from '../../../bridge/errors.js';
import { quoted } from '../../project/shown-text.js';

/** A request as it came. */
export interface RequestAsSent {
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** The target of the request line. */
  readonly url?: string | undefined;
}

/** Headers that decide who asks for what. */
const ONCE = Object.freeze(['host', 'origin', 'authorization', 'content-type']);

/**
 * Refuses a request that names its host, or whoever sends it, twice: by two headers, or by a target in absolute form
 * (RFC 9112, 3.2.2) that is not of the host in the header.
 *
 * @throws SandpoolError HOST_REFUSED, REQUEST_INVALID
 */
export function requireOneReading({ rawHeaders, url = '/' }: RequestAsSent): void {
  const seen = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!ONCE.includes(name)) continue;
    if (seen.has(name)) throw givenTwice(name);
    seen.set(name, rawHeaders[index + 1] ?? '');
  }
  if (url.startsWith('/') || url === '*') return;
  const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
  if (authority === undefined || authority.toLowerCase() !== seen.get('host')?.toLowerCase()) {
    throw new SandpoolError('HOST_REFUSED', { host: quoted(authority ?? url) });
  }
}

function givenTwice(name: string): SandpoolError {
  return name === 'host'
    ? new SandpoolError('HOST_REFUSED', { host: 'that is given more than once' })
    : new SandpoolError('REQUEST_INVALID', { where: 'the headers', reason: `have ${name} more than once` });
}
