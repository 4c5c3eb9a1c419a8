// The address of a service, and what may be sent there: a token is a password, so it goes through TLS, or stays on this
// machine.

import { SandpoolError } from '../../bridge/errors.js';
import { isOnThisMachine } from '../project/local-address.js';
import { shownUrl } from '../project/shown-url.js';

/** Which addresses a token may be sent to. */
export type Transport =
  /** https, and http on this machine. */
  | 'encrypted'
  /** Also http to other machines, on a network that is trusted. */
  | 'any';

/**
 * `text` as an address that paths can be put behind: without a slash at its end.
 *
 * @throws SandpoolError `INVALID_OPTION`
 */
export function serviceAddress(text: string, transport: Transport): string {
  const refuse = (bound: string, value = shownUrl(text)): never => {
    throw new SandpoolError('INVALID_OPTION', { option: 'the address of the service', bound, value });
  };
  if (!URL.canParse(text)) return refuse('such as https://sandpool.example', JSON.stringify(text));
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return refuse('an https or http address');
  if (url.username !== '' || url.password !== '') return refuse('without a user or password');
  if (url.search !== '' || url.hash !== '') return refuse('without a query or fragment');
  if (url.protocol === 'http:' && transport === 'encrypted' && !isOnThisMachine(text)) {
    return refuse('https, unless http to other machines is allowed: the token would be sent in the clear');
  }
  return url.href.replace(/\/+$/, '');
}

/**
 * `token` as it can be sent. It appears in no message.
 *
 * @throws SandpoolError `INVALID_OPTION`
 */
export function serviceToken(token: string): string {
  const trimmed = token.trim();
  if (/^[\x21-\x7e]{1,1000}$/.test(trimmed)) return trimmed;
  throw new SandpoolError('INVALID_OPTION', {
    option: 'the token',
    bound: 'what `sandpool token` printed: one line without spaces',
    value: trimmed === '' ? 'empty' : 'something else',
  });
}
