// A managed network as it runs at present: icp-cli, which starts it, leaves a description in the project's folder,
// and another in the user's own when the network holds a port that only one project can have.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import { principalText } from './canister-ids.js';
import { icpCliFolder } from './icp-cli-folders.js';
import { given, type ManifestValue, readManifest } from './manifest-document.js';
import { normalisedAddress, rootKeySource } from './network-manifest.js';
import type { ConnectedNetwork } from './project-model.js';
import { printable, quoted } from './shown-text.js';

/** A network that can be called. */
export interface ReachableNetwork extends ConnectedNetwork {
  /** The proxy canister that a managed network comes with. A principal, in text. */
  readonly proxyCanisterId?: string;
}

/**
 * Reads how to reach the managed network `name` of the project in `root`. Whether it still answers is not looked at.
 * @param portsFolder where icp-cli says whose network holds which port
 * @throws SandpoolError NETWORK_NOT_RUNNING, NETWORK_OF_OTHER_PROJECT; MANIFEST_INVALID, MANIFEST_UNREADABLE when
 * what is left there is not what icp-cli writes
 */
export async function readRunningNetwork(
  root: string,
  name: string,
  portsFolder = join(icpCliFolder('cache'), 'port-descriptors'),
): Promise<ReachableNetwork> {
  const file = join('.icp', 'cache', 'networks', name, 'descriptor.json');
  const path = join(root, file);
  if (!existsSync(path)) throw notRunning(name);
  const descriptor = entriesOf(await readManifest(path, file));
  const gateway = entriesOf(required(descriptor, 'gateway'));
  const port = required(gateway, 'port');
  if (given(gateway.get('fixed'))?.scalarText() === 'true') {
    await checkOwner(name, required(descriptor, 'id').text(), join(portsFolder, `${port.scalarText()}.json`));
  }
  const host = given(gateway.get('host'))?.text() ?? 'localhost';
  const address = normalisedAddress(`http://${host}:${port.scalarText()}`);
  if (address === undefined)
    throw port.problem(`there is no address ${quoted(`${host}:${port.scalarText()}`)}`);
  const key = required(descriptor, 'root-key');
  const rootKey = rootKeySource(key.text());
  if (rootKey?.kind !== 'pinned') throw key.problem('`root-key` must be 266 hexadecimal characters');
  const proxy = given(descriptor.get('proxy-canister-id'));
  return {
    mode: 'connected',
    name,
    apiUrl: address,
    gatewayUrl: address,
    rootKey,
    ...(proxy === undefined ? {} : { proxyCanisterId: principal(proxy) }),
  };
}

/** That a port is this project's is said by the description of whose network holds it having the same id. */
async function checkOwner(name: string, id: string, path: string): Promise<void> {
  if (!existsSync(path)) throw notRunning(name);
  const owner = entriesOf(await readManifest(path, path));
  if (required(owner, 'id').text() === id) return;
  throw new SandpoolError('NETWORK_OF_OTHER_PROJECT', {
    network: printable(name),
    other: printable(required(owner, 'network').text()),
    folder: printable(required(owner, 'project-dir').text()),
  });
}

type Entries = ReadonlyMap<string, ManifestValue> & { readonly of: ManifestValue };

function entriesOf(value: ManifestValue): Entries {
  const entries = value.entries().map(([key, entry]) => [key.scalarKey(), entry] as const);
  return Object.assign(new Map(entries), { of: value });
}

function required(entries: Entries, key: string): ManifestValue {
  const value = given(entries.get(key));
  if (value !== undefined) return value;
  throw entries.of.problem(`${quoted(key)} is missing: this is not what icp-cli writes`);
}

function principal(value: ManifestValue): string {
  const text = principalText(value.text());
  if (text !== undefined) return text;
  throw value.problem(`${quoted(value.text())} is not a principal`);
}

function notRunning(name: string): SandpoolError {
  return new SandpoolError('NETWORK_NOT_RUNNING', { network: printable(name) });
}
