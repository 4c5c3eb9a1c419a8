// Reads one environment, and checks that what it names exists in the project.

import { given, type ManifestValue } from './manifest-document.js';
import { placeName } from './names.js';
import { LOCAL } from './network-manifest.js';
import type { Canister, Environment, Network } from './project-model.js';
import { listed, quoted, suggestion } from './shown-text.js';

const KEYS = ['name', 'network', 'canisters', 'settings', 'init_args', 'upgrade_args'] as const;

/** What an environment may name. */
export interface Declared {
  readonly canisters: ReadonlyMap<string, Canister>;
  readonly networks: ReadonlyMap<string, Network>;
}

/**
 * Reads an environment.
 * @throws SandpoolError MANIFEST_INVALID
 */
export function readEnvironment(environment: ManifestValue, declared: Declared): Environment {
  const record = environment.record('an environment', KEYS);
  if (record.name === undefined) throw environment.problem('an environment must have a `name`');
  const name = placeName(record.name, 'environment');
  const network = given(record.network);
  const selected = given(record.canisters);
  return {
    name,
    network: network === undefined ? LOCAL : known(network, name, 'network', declared.networks),
    canisters:
      selected === undefined
        ? [...declared.canisters.keys()]
        : [...new Set(selected.list().map((item) => known(item, name, 'canister', declared.canisters)))],
  };
}

function known(
  value: ManifestValue,
  environment: string,
  kind: 'network' | 'canister',
  declared: ReadonlyMap<string, unknown>,
): string {
  const name = value.text();
  if (declared.has(name)) return name;
  const names = [...declared.keys()];
  throw value.problem(
    `environment ${quoted(environment)} names the ${kind} ${quoted(name)}, which the project does not declare` +
      `${suggestion(name, names)}; it has ${listed(names)}`,
  );
}
