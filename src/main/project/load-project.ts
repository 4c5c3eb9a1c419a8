// Puts a project together: the canisters of all that is read, the networks of the project itself, and its
// environments with what every project has without declaring it.

import { networkOf } from './environment-manifest.js';
import { LOCAL, MAINNET } from './network-manifest.js';
import type { Canister, Environment, Network, Project } from './project-model.js';
import { type Member, readWorkspace } from './workspace.js';

/** The environments that every project has, on the networks of the same names. */
const IMPLICIT = [LOCAL, MAINNET.name];

/**
 * Reads the project in `root`, with those it depends on. Recipes are left as they are.
 * @throws SandpoolError MANIFEST_INVALID with file, line and column; MANIFEST_UNREADABLE
 *
 * @example
 * ```ts
 * const project = await loadProject(findProjectRoot({ folder: process.cwd() }));
 * for (const name of project.environments.get('local')?.canisters ?? []) console.log(name);
 * ```
 */
export async function loadProject(root: string): Promise<Project> {
  return projectOf(root, await readWorkspace(root));
}

/**
 * The project that `text`, an icp.yaml, declares in the folder `root`.
 * @throws SandpoolError as {@link loadProject}
 */
export async function parseProject(text: string, root: string): Promise<Project> {
  return projectOf(root, await readWorkspace(root, text));
}

function projectOf(root: string, [own, ...dependencies]: readonly [Member, ...Member[]]): Project {
  const all = [own, ...dependencies].flatMap((member) => member.canisters);
  const canisters = new Map<string, Canister>(all.map((canister) => [canister.name, canister]));

  const networks = new Map<string, Network>([[MAINNET.name, MAINNET], ...own.manifest.networks]);
  if (!networks.has(LOCAL)) networks.set(LOCAL, { mode: 'managed', name: LOCAL });

  const environments = new Map<string, Environment>();
  for (const declared of own.manifest.environments.values())
    environments.set(
      declared.name,
      environmentOf(declared.name, networkOf(declared, networks), own, dependencies),
    );
  for (const name of IMPLICIT)
    if (!environments.has(name)) environments.set(name, environmentOf(name, name, own, dependencies));
  const warnings = [own, ...dependencies].flatMap(({ manifest }) => manifest.warnings);
  return { root, canisters, networks, environments, warnings };
}

function environmentOf(
  name: string,
  network: string,
  own: Member,
  dependencies: readonly Member[],
): Environment {
  const undeclaredIn = IMPLICIT.includes(name)
    ? []
    : dependencies.filter(({ manifest }) => !manifest.environments.has(name));
  return {
    name,
    network,
    canisters: [own, ...dependencies].flatMap((member) => selected(member, name)),
    undeclaredIn: undeclaredIn.map(({ manifest }) => manifest.file),
  };
}

/** The canisters of a project that its own environment of that name has; all, when it says nothing. */
function selected({ manifest, canisters }: Member, environment: string): string[] {
  const names = manifest.environments.get(environment)?.canisters;
  const chosen = names === undefined ? undefined : new Set(names);
  const own = [...manifest.canisters.keys()];
  return canisters
    .filter((_, index) => chosen === undefined || chosen.has(own[index] ?? ''))
    .map(({ name }) => name);
}
