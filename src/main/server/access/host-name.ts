// Names of hosts as the Host header has them: read strictly, so that one host has one spelling here.

import { isIPv6 } from 'node:net';

/** A host, and the port when one was given. */
export interface HostName {
  /** In lower case; an IPv6 address in brackets and in its shortest form. */
  readonly name: string;
  readonly port: number | undefined;
}

const LONGEST = 262;
const LARGEST_PORT = 65_535;

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST = new RegExp(
  `^(?<name>${LABEL}(?:\\.${LABEL})*|\\[(?<address>[0-9a-f:.]{2,45})\\])(?::(?<port>[1-9]\\d{0,4}))?$`,
  'i',
);

/** Names of this machine that no name server is asked about. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What `text` names, such as `localhost:7780`; undefined for anything that is not exactly that. */
export function parseHostName(text: string): HostName | undefined {
  if (text.length > LONGEST) return undefined;
  const { name, address, port: digits } = HOST.exec(text)?.groups ?? {};
  if (name === undefined) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && port > LARGEST_PORT) return undefined;
  if (address !== undefined && !isIPv6(address)) return undefined;
  if (!URL.canParse(`http://${name}`)) return undefined;
  const { hostname } = new URL(`http://${name}`);
  // Other spellings of an IPv4 address, such as 127.1 and 0x7f000001, are nobody's.
  return address === undefined && hostname !== name.toLowerCase() ? undefined : { name: hostname, port };
}

/** Whether `name`, of a {@link HostName}, is this machine's whoever asks. */
export function isLoopbackName(name: string): boolean {
  return LOOPBACK.has(name);
}

/** Whether a server that listens on `host`, as `listen` has it, is reached from this machine only. */
export function isLoopbackAddress(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A host, as `listen` has it, as addresses of pages have it: an IPv6 address in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
