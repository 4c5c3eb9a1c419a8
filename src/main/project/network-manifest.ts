// Reads one network, and knows the two that every project has.

import type { ManifestValue } from './manifest-document.js';
import { placeName } from './names.js';
import type { ConnectedNetwork, Network, RootKeySource } from './project-model.js';
import { quoted } from './shown-text.js';

const CONNECTED_KEYS = ['name', 'mode', 'url', 'api-url', 'http-gateway-url', 'root-key'] as const;

/** A root key: 133 bytes of DER, as hex. */
const ROOT_KEY_CHARACTERS = 266;

/** The mainnet, which every project has and none may redefine. */
export const MAINNET: ConnectedNetwork = Object.freeze<ConnectedNetwork>({
  mode: 'connected',
  name: 'ic',
  apiUrl: 'https://icp-api.io/',
  gatewayUrl: 'https://icp.net/',
  rootKey: { kind: 'mainnet' },
});

/** The name of the network and of the environment that are meant when none is named. */
export const LOCAL = 'local';

/** Stands, where a proxy canister is asked for, for the one that a managed network comes with. */
export const MANAGED_PROXY = 'managed';

/**
 * Reads a network.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function readNetwork(network: ManifestValue): Network {
  if (!network.isMap) throw network.problem('a network must be a map with a `name` and a `mode`');
  const entry = (key: string) => network.entries().find(([name]) => name.scalarKey() === key)?.[1];
  const [name, mode] = [entry('name'), entry('mode')];
  if (name === undefined) throw network.problem('a network must have a `name`');
  if (mode === undefined) throw network.problem('a network must have a `mode`: `connected` or `managed`');
  const text = placeName(name, 'network');
  if (text === MAINNET.name) throw name.problem('the network `ic` is built in and cannot be declared');
  return mode.choice(['connected', 'managed']) === 'connected'
    ? readConnected(network, text)
    : { mode: 'managed', name: text };
}

function readConnected(network: ManifestValue, name: string): ConnectedNetwork {
  const record = network.record('a connected network', CONNECTED_KEYS, 'ignore');
  const { url, 'api-url': apiUrl, 'http-gateway-url': gatewayUrl, 'root-key': rootKey } = record;
  if (url !== undefined && apiUrl !== undefined) {
    throw apiUrl.problem(
      'a connected network has either `url` or `api-url`, but this one has both: remove one',
    );
  }
  const api = url ?? apiUrl;
  if (api === undefined) throw network.problem('a connected network must have a `url`');
  if (url !== undefined && gatewayUrl !== undefined) {
    throw gatewayUrl.problem('`http-gateway-url` goes with `api-url`; with `url`, that is the gateway too');
  }
  const gateway = url ?? gatewayUrl;
  if (rootKey === undefined) {
    throw network.problem(
      'a connected network must have a `root-key`: `mainnet`, `fetch`, or the key as 266 hexadecimal characters',
    );
  }
  return {
    mode: 'connected',
    name,
    apiUrl: readAddress(api),
    ...(gateway === undefined ? {} : { gatewayUrl: readAddress(gateway) }),
    rootKey: readRootKey(rootKey),
  };
}

function readAddress(value: ManifestValue): string {
  const text = value.filledText();
  const address = normalisedAddress(text);
  if (address !== undefined) return address;
  throw value.problem(
    `\`${value.label}\` must be an address such as http://127.0.0.1:4943, but is ${quoted(text)}`,
  );
}

/** `text` as a normalised http or https address, or `undefined` when it is none. */
export function normalisedAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

function readRootKey(value: ManifestValue): RootKeySource {
  const text = value.scalarText();
  const source = rootKeySource(text);
  if (source !== undefined) return source;
  const length = [...text].length;
  throw value.problem(
    `\`root-key\` must be \`mainnet\`, \`fetch\`, or ${ROOT_KEY_CHARACTERS} hexadecimal characters, ` +
      `but is ${quoted(text)} (${length} characters)`,
  );
}

/** Reads `mainnet`, `fetch` or 266 hex characters; `undefined` for anything else. */
export function rootKeySource(text: string): RootKeySource | undefined {
  if (text === 'mainnet' || text === 'fetch') return { kind: text };
  return text.length === ROOT_KEY_CHARACTERS && /^[0-9a-fA-F]+$/.test(text)
    ? { kind: 'pinned', hex: text.toLowerCase() }
    : undefined;
}
