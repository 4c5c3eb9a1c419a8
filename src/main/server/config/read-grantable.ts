// What runs can use and tokens are bound to: identities, networks and lists of canisters.

import { SandpoolError } from '../../../bridge/errors.js';
import { parsePrincipal } from '../../canister/principal.js';
import { isOnThisMachine } from '../../project/local-address.js';
import { normalisedAddress, rootKeySource } from '../../project/network-manifest.js';
import { quoted } from '../../project/shown-text.js';
import type { ConfigurationDocument, ValuePath } from './configuration-document.js';
import type { ConfigurationFile } from './configuration-schema.js';
import type { ConfiguredIdentity, ConfiguredNetwork } from './service-configuration.js';

/** @throws SandpoolError CONFIG_INVALID */
export function readIdentities(
  document: ConfigurationDocument,
  { identities = {} }: ConfigurationFile,
  inFolder: (relative: string) => string,
): ReadonlyMap<string, ConfiguredIdentity> {
  return mapped(identities, ({ pem, icpCli, passwordFile }, name) => {
    const path = ['identities', name];
    const position = document.positionOf(path);
    const password = passwordFile === undefined ? {} : { passwordFile: inFolder(passwordFile) };
    if (pem !== undefined) return { kind: 'pem', pemFile: inFolder(pem), ...password, position };
    if (icpCli !== undefined) return { kind: 'icp-cli', icpCliName: icpCli, ...password, position };
    if (passwordFile !== undefined) {
      throw document.problemAtKey([...path, 'passwordFile'], 'an anonymous identity has no password');
    }
    return { kind: 'anonymous', position };
  });
}

/** @throws SandpoolError CONFIG_INVALID */
export function readNetworks(
  document: ConfigurationDocument,
  { networks = {} }: ConfigurationFile,
): ReadonlyMap<string, ConfiguredNetwork> {
  return mapped(networks, ({ url: urlText, rootKey, gatewayUrl }, name) => {
    const path = ['networks', name];
    const url = addressOf(document, [...path, 'url'], urlText);
    const source = rootKeySource(rootKey ?? (isOnThisMachine(url) ? 'fetch' : 'mainnet'));
    if (source === undefined) throw document.problem([...path, 'rootKey'], 'this is no root key');
    const gateway = gatewayUrl && addressOf(document, [...path, 'gatewayUrl'], gatewayUrl);
    return { url, rootKey: source, ...(gateway === undefined ? {} : { gatewayUrl: gateway }) };
  });
}

/** @throws SandpoolError CONFIG_INVALID */
export function readCanisters(
  document: ConfigurationDocument,
  { canisters = {} }: ConfigurationFile,
): ReadonlyMap<string, ReadonlySet<string>> {
  return mapped(canisters, (list, name) => {
    for (const [index, text] of list.entries()) {
      checkPrincipal(document, ['canisters', name, index], text);
    }
    return new Set(list);
  });
}

function checkPrincipal(document: ConfigurationDocument, path: ValuePath, text: string): void {
  try {
    parsePrincipal('a canister', text);
  } catch (error) {
    if (!(error instanceof SandpoolError)) throw error;
    throw document.problem(path, `${quoted(text)} is not a principal, or not as principals are written`);
  }
}

function addressOf(document: ConfigurationDocument, path: ValuePath, text: string): string {
  const address = normalisedAddress(text);
  if (address === undefined) {
    throw document.problem(path, `this must be an http or https address, but is ${quoted(text)}`);
  }
  const { username, password } = new URL(address);
  if (username === '' && password === '') return address;
  // Those with a token are shown the addresses. Not repeated here either.
  throw document.problem(path, 'an address must not have a user name or password in it');
}

function mapped<Written, Read>(
  entries: Readonly<Record<string, Written>>,
  read: (written: Written, name: string) => Read,
): ReadonlyMap<string, Read> {
  return new Map(Object.entries(entries).map(([name, written]) => [name, read(written, name)]));
}
