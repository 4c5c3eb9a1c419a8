// What a sync is going to do, decided from the project alone: which canisters, their steps in order, on which
// network. Reads no file and calls nothing, so that every mistake in it is told before anything happens.

import { resolve } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import type { CanisterIdEntry } from '../../bridge/run-input.js';
import { type CanisterIds, principalText } from '../project/canister-ids.js';
import { invalid } from '../project/manifest-document.js';
import type {
  Canister,
  ConnectedNetwork,
  Environment,
  PluginStep,
  Project,
  SyncStep,
} from '../project/project-model.js';
import { PROJECT_MANIFEST } from '../project/project-root.js';
import { plainList, printable, quoted } from '../project/shown-text.js';
import { unsupported } from '../project/unsupported.js';

/** Which sync is wanted. */
export interface SyncRequest {
  readonly environment: string;
  /** Names; empty or absent means every canister of the environment. */
  readonly canisters?: readonly string[];
  /** A principal, in text: the canister that updates go through. */
  readonly proxyCanisterId?: string | undefined;
}

/** A sync, decided. */
export interface SyncPlan {
  /** Absolute path of the project's folder. */
  readonly root: string;
  readonly environment: string;
  readonly network: ConnectedNetwork;
  readonly proxyCanisterId?: string;
  /** Those with steps, in the order asked for. */
  readonly canisters: readonly PlannedCanister[];
  /** Names of those asked for that have no steps. */
  readonly withoutSteps: readonly string[];
  /** Every canister of the environment that has an id, sorted by name. */
  readonly canisterIds: readonly CanisterIdEntry[];
}

export interface PlannedCanister {
  readonly name: string;
  /** In text. */
  readonly id: string;
  /** Absolute path. */
  readonly folder: string;
  readonly steps: readonly PlannedStep[];
}

export interface PlannedStep {
  /** The plugin, as the manifest names it. */
  readonly plugin: string;
  /** Absolute path of its file. */
  readonly pluginPath: string;
  readonly declared: PluginStep;
  /** Ids by name of the canisters it may call beside its own. */
  readonly callable: ReadonlyMap<string, string>;
}

/**
 * Decides a sync.
 * @throws SandpoolError ENVIRONMENT_NOT_FOUND, CANISTER_NOT_FOUND, CANISTER_ID_MISSING, INVALID_PRINCIPAL,
 * MANIFEST_INVALID, PROJECT_UNSUPPORTED
 *
 * @example
 * ```ts
 * const environment = findEnvironment(project, 'staging');
 * const plan = planSync(project, await readCanisterIds(project, environment), { environment: 'staging' });
 * ```
 */
export function planSync(project: Project, ids: CanisterIds, request: SyncRequest): SyncPlan {
  const environment = findEnvironment(project, request.environment);
  const network = connectedNetwork(project, environment);
  const names = selectCanisters(environment, request.canisters ?? []);
  const selected = names.flatMap((name) => project.canisters.get(name) ?? []);
  const withSteps = selected.filter(({ sync }) => sync.kind === 'recipe' || sync.steps.length > 0);
  return {
    root: project.root,
    environment: environment.name,
    network,
    ...proxyOf(request),
    canisters: withSteps.map((canister) => planCanister(canister, ids, environment)),
    withoutSteps: selected.filter((canister) => !withSteps.includes(canister)).map(({ name }) => name),
    canisterIds: [...ids.byName]
      .map(([name, id]) => ({ name, id }))
      .sort((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

/**
 * The environment named `name`.
 * @throws SandpoolError ENVIRONMENT_NOT_FOUND
 */
export function findEnvironment(project: Project, name: string): Environment {
  const environment = project.environments.get(name);
  if (environment !== undefined) return environment;
  throw new SandpoolError('ENVIRONMENT_NOT_FOUND', {
    environment: printable(name),
    known: plainList(project.environments.keys()),
  });
}

function connectedNetwork(project: Project, environment: Environment): ConnectedNetwork {
  const network = project.networks.get(environment.network);
  if (network === undefined) {
    throw new SandpoolError('NETWORK_NOT_FOUND', {
      network: printable(environment.network),
      known: plainList(project.networks.keys()),
    });
  }
  if (network.mode === 'connected') return network;
  throw unsupported(
    network.position ?? { file: PROJECT_MANIFEST, line: 1, column: 1 },
    `environment ${quoted(environment.name)} is on the managed network ${quoted(network.name)}`,
    'choose an environment with -e, or declare a network with `mode: connected` and the address of the running one',
  );
}

function selectCanisters(environment: Environment, asked: readonly string[]): readonly string[] {
  if (asked.length === 0) return environment.canisters;
  for (const canister of asked) {
    if (environment.canisters.includes(canister)) continue;
    throw new SandpoolError('CANISTER_NOT_FOUND', {
      environment: printable(environment.name),
      canister: printable(canister),
      known: plainList(environment.canisters),
    });
  }
  return [...new Set(asked)];
}

function proxyOf({ proxyCanisterId }: SyncRequest): { proxyCanisterId?: string } {
  if (proxyCanisterId === undefined) return {};
  const principal = principalText(proxyCanisterId);
  if (principal !== undefined) return { proxyCanisterId: principal };
  throw new SandpoolError('INVALID_PRINCIPAL', { subject: 'the proxy', value: printable(proxyCanisterId) });
}

function planCanister(canister: Canister, ids: CanisterIds, environment: Environment): PlannedCanister {
  const { name, folder, sync } = canister;
  if (sync.kind === 'recipe') {
    throw unsupported(
      sync.position,
      `the steps of canister ${quoted(name)} come out of the recipe ${quoted(sync.type)}`,
      'name the other canisters on the command line, or write its `sync` steps out',
    );
  }
  const id = ids.byName.get(name);
  if (id === undefined) {
    throw new SandpoolError('CANISTER_ID_MISSING', {
      canister: printable(name),
      environment: printable(environment.name),
      file: ids.file,
    });
  }
  return { name, id, folder, steps: sync.steps.map((step) => planStep(step, canister, ids, environment)) };
}

function planStep(
  step: SyncStep,
  canister: Canister,
  ids: CanisterIds,
  environment: Environment,
): PlannedStep {
  if (step.type === 'script') {
    throw unsupported(
      step.position,
      `canister ${quoted(canister.name)} has a \`script\` step`,
      'name the other canisters on the command line, or use `icp sync` for this one',
    );
  }
  const { source } = step;
  if (source.kind === 'url') {
    throw unsupported(
      step.position,
      `the plugin of canister ${quoted(canister.name)} is declared by \`url\``,
      'download it and give its `path`',
    );
  }
  const callable = new Map<string, string>();
  for (const { name, position } of step.canisters) {
    const id = ids.byName.get(name);
    if (id === undefined) {
      throw invalid(
        position,
        `the step lists canister ${quoted(name)} as callable, but no canister by that name is known in ` +
          `environment ${quoted(environment.name)}: deploy it first, or correct the name`,
      );
    }
    callable.set(name, id);
  }
  return {
    plugin: source.path,
    pluginPath: resolve(canister.folder, source.path),
    declared: step,
    callable,
  };
}
