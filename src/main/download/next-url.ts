// Where a download begins and where it may be sent on to.

import { SandpoolError } from '../../bridge/errors.js';
import { shownUrl } from '../project/shown-url.js';

/** A download that came to nothing. */
export function failed(url: string, reason: string, options?: { readonly cause: unknown }): SandpoolError {
  return new SandpoolError('DOWNLOAD_FAILED', { url, reason }, options);
}

/**
 * Reads the address a download begins with.
 * @throws SandpoolError DOWNLOAD_FAILED, DOWNLOAD_REFUSED
 */
export function firstUrl(url: string): URL {
  const shown = shownUrl(url);
  if (!URL.canParse(url)) throw failed(shown, 'it is not an address');
  return fetched(new URL(url), shown);
}

/**
 * Reads the address that the server at `from` sends a download on to.
 * @throws SandpoolError DOWNLOAD_FAILED, DOWNLOAD_REFUSED
 */
export function nextUrl(from: URL, location: string | string[] | undefined): URL {
  const shown = shownUrl(from);
  if (typeof location !== 'string' || !URL.canParse(location, from.href)) {
    throw failed(shown, 'the server sent it on to no address');
  }
  const next = new URL(location, from);
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new SandpoolError('DOWNLOAD_REFUSED', { url: shown, reason: 'it was sent on from https to http' });
  }
  return fetched(next, shown);
}

/** An address that can be fetched. icp-cli sends no credentials that stand in one either. */
function fetched(url: URL, shown: string): URL {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new SandpoolError('DOWNLOAD_REFUSED', {
      url: shown,
      reason: 'only http and https addresses are fetched',
    });
  }
  url.username = '';
  url.password = '';
  return url;
}
