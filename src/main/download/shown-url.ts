// How an address appears in messages: without what may be a secret.

import { printable } from '../project/shown-text.js';

const LONGEST = 200;

/** `url` without its user, password, query and fragment, fit to be shown. */
export function shownUrl(url: string | URL): string {
  const parsed = URL.parse?.(String(url)) ?? parse(String(url));
  if (parsed === undefined) return 'the address';
  const text = `${parsed.protocol}//${parsed.host}${parsed.pathname}${parsed.search === '' ? '' : '?…'}`;
  return printable(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
