// The names and pages from which the service may be asked.

import { quoted } from '../../project/shown-text.js';
import { type HostName, parseHostName } from '../access/host-name.js';
import { isOrigin } from '../access/request-source.js';
import type { ConfigurationDocument } from './configuration-document.js';
import type { ConfigurationFile } from './configuration-schema.js';

/** @throws SandpoolError CONFIG_INVALID */
export function readHosts(document: ConfigurationDocument, { hosts = [] }: ConfigurationFile): HostName[] {
  return hosts.map((text, index) => {
    const host = parseHostName(text);
    if (host !== undefined) return host;
    const form = 'a name or address, such as sandpool.example.org, 10.0.0.5:7780 or [fd00::5]';
    throw document.problem(['hosts', index], `a host must be ${form}, but is ${quoted(text)}`);
  });
}

/** @throws SandpoolError CONFIG_INVALID */
export function readOrigins(document: ConfigurationDocument, { origins = [] }: ConfigurationFile): string[] {
  return origins.map((text, index) => {
    if (isOrigin(text)) return text;
    throw document.problem(
      ['origins', index],
      `an origin must be as browsers write it, such as https://panel.example.org, but is ${quoted(text)}${meant(text)}`,
    );
  });
}

function meant(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : '';
  return isOrigin(origin) ? ` (did you mean ${quoted(origin)}?)` : '';
}
