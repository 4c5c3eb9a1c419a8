// How an address appears in messages: without what may be a secret.

import { printable } from './shown-text.js';

const LONGEST = 200;

/** `url` without its user, password, query and fragment, fit to be shown. */
export function shownUrl(url: string | URL): string {
  const text = String(url);
  if (!URL.canParse(text)) return 'the address';
  const { protocol, host, pathname, search } = new URL(text);
  const shown = `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`;
  return printable(shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown);
}
