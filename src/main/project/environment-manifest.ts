// Reads one environment. Which networks and canisters there are for it to name is known to who calls.

import { given, type ManifestValue } from './manifest-document.js';
import { placeName } from './names.js';
import { LOCAL } from './network-manifest.js';
import { listed, quoted, suggestion } from './shown-text.js';

const KEYS = ['name', 'network', 'canisters', 'settings', 'init_args', 'upgrade_args'] as const;

/** An environment as a manifest has it. */
export interface DeclaredEnvironment {
  readonly name: string;
  /** The name of its network, and where that stands; absent when the manifest leaves it to the default. */
  readonly network?: ManifestValue;
  /** Names of canisters that the same project declares, each once; absent for all. */
  readonly canisters?: readonly string[];
  readonly at: ManifestValue;
}

/**
 * Reads an environment.
 * @param canisters the names of the canisters that the same project declares
 * @throws SandpoolError MANIFEST_INVALID
 */
export function readEnvironment(
  environment: ManifestValue,
  canisters: readonly string[],
): DeclaredEnvironment {
  const record = environment.record('an environment', KEYS, 'ignore');
  if (record.name === undefined) throw environment.problem('an environment must have a `name`');
  const name = placeName(record.name, 'environment');
  const network = given(record.network);
  const selected = given(record.canisters)
    ?.list()
    .map((item) => known(item, name, 'canister', canisters));
  return {
    name,
    ...(network === undefined ? {} : { network }),
    ...(selected === undefined ? {} : { canisters: [...new Set(selected)] }),
    at: environment,
  };
}

/**
 * The network that an environment of the project names.
 * @throws SandpoolError MANIFEST_INVALID when there is none by that name
 */
export function networkOf(
  { name, network }: DeclaredEnvironment,
  networks: ReadonlyMap<string, unknown>,
): string {
  return network === undefined ? LOCAL : known(network, name, 'network', [...networks.keys()]);
}

function known(
  value: ManifestValue,
  environment: string,
  kind: 'network' | 'canister',
  names: readonly string[],
): string {
  const name = value.text();
  if (names.includes(name)) return name;
  const whose =
    kind === 'canister' && name.includes(':')
      ? ': canisters of a dependency are chosen by the environment of that name in its own manifest'
      : `${suggestion(name, names)}; it has ${listed(names)}`;
  throw value.problem(
    `environment ${quoted(environment)} names the ${kind} ${quoted(name)}, which the project does not declare${whose}`,
  );
}
