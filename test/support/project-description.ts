// A project as one plain value, in which what icp-cli and what sandpool make of the same files can be compared:
// canisters with their steps and what they see of each other, networks, environments.

import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { Canister, DeclaredPaths, Network, Project, SyncStep } from '#src/main/project/project-model.js';

/** A project. Maps are plain objects, so that order counts only where it has a meaning: in lists. */
export interface ProjectDescription {
  readonly canisters: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly environments: Readonly<Record<string, unknown>>;
}

/** What `icp project show` prints, as far as it concerns syncing. */
interface Shown {
  readonly canisters: Record<
    string,
    [folder: string, canister: { sync: { steps: Record<string, unknown>[] } }]
  >;
  readonly networks: Record<string, { configuration: Record<string, unknown> }>;
  readonly environments: Record<string, { network: { name: string }; canisters: Record<string, unknown> }>;
  readonly member_missing_envs?: Record<string, string[]>;
}

/** What `icp project show` printed. */
export function describedByIcpCli(shown: string): ProjectDescription {
  const project = parse(shown, { logLevel: 'silent' }) as Shown;
  const missing = project.member_missing_envs ?? {};
  return {
    canisters: mapped(project.canisters, ([folder, canister]) => ({
      folder: resolve(folder),
      steps: canister.sync.steps.map(stepOfIcpCli),
    })),
    networks: mapped(project.networks, ({ configuration }) => networkOfIcpCli(configuration)),
    environments: mapped(project.environments, ({ network, canisters }, name) => ({
      network: network.name,
      canisters: Object.keys(canisters),
      undeclared: missing[name] ?? [],
    })),
  };
}

/** What sandpool read, with the recipes rendered. */
export function describedBySandpool(project: Project): ProjectDescription {
  return {
    canisters: Object.fromEntries(
      [...project.canisters.values()].map((each) => [each.name, canisterOf(each)]),
    ),
    networks: mapped(Object.fromEntries(project.networks), networkOf),
    environments: mapped(Object.fromEntries(project.environments), (environment) => ({
      network: environment.network,
      canisters: environment.canisters,
      undeclared: environment.undeclaredIn.map((file) => file.replace(/\/icp\.yaml$/, '')),
    })),
  };
}

/** One command is a list of one. */
function stepOfIcpCli(step: Record<string, unknown>): unknown {
  const { command, ...others } = withoutNulls(step);
  return command === undefined ? others : { ...others, commands: [command] };
}

function networkOfIcpCli(configuration: Record<string, unknown>): unknown {
  if (configuration['mode'] === 'managed') return { mode: 'managed' };
  return withoutNulls(configuration);
}

function networkOf(network: Network): unknown {
  if (network.mode === 'managed') return { mode: 'managed' };
  const { apiUrl, gatewayUrl, rootKey } = network;
  return {
    mode: 'connected',
    'api-url': apiUrl,
    ...(gatewayUrl === undefined ? {} : { 'http-gateway-url': gatewayUrl }),
    'root-key': rootKey.kind === 'pinned' ? rootKey.hex : rootKey.kind,
  };
}

function canisterOf({ folder, sync }: Canister): unknown {
  return {
    folder,
    steps: sync.kind === 'steps' ? sync.steps.map(stepOf) : `the recipe ${sync.recipe.type}`,
  };
}

function stepOf(step: SyncStep): unknown {
  if (step.type === 'script') return { type: 'script', commands: step.commands };
  const { source, sha256, files, directories, fields, canisters } = step;
  return {
    type: 'plugin',
    ...(source.kind === 'path' ? { path: source.path } : { url: source.url }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(directories === undefined ? {} : { dirs: pathsOf(directories) }),
    ...(files === undefined ? {} : { files: pathsOf(files) }),
    ...(fields.length === 0
      ? {}
      : { fields: Object.fromEntries(fields.map(({ name, value }) => [name, value])) }),
    ...(canisters.length === 0 ? {} : { canisters: canisters.map(({ name }) => name) }),
  };
}

function pathsOf(declared: DeclaredPaths): unknown {
  if (declared.form === 'list') return declared.paths.map(({ path }) => path);
  const byKey: Record<string, string | string[]> = {};
  for (const { key, path } of declared.paths) {
    const before = byKey[key];
    byKey[key] = before === undefined ? path : [before, path].flat();
  }
  return byKey;
}

function mapped<In, Out>(
  items: Record<string, In>,
  to: (item: In, name: string) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(items).map(([name, item]) => [name, to(item, name)]));
}

function withoutNulls(record: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(record).filter(([, value]) => value !== null);
  return Object.fromEntries(
    kept.map(([key, value]) => [key, key === 'sha256' ? String(value).toLowerCase() : value]),
  );
}
