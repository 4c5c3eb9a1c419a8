// What a sync is going to do, decided from the project alone: which canisters, their steps in order, on which
// network. Reads no file and calls nothing, so that every mistake in it is told before anything happens.

import { resolve } from 'node:path';
import { SandpoolError } from '../../bridge/errors.js';
import type { CanisterIdEntry } from '../../bridge/run-input.js';
import { principalText } from '../project/canister-ids.js';
import type { Deployment } from '../project/deployment.js';
import { invalid } from '../project/manifest-document.js';
import { MANAGED_PROXY } from '../project/network-manifest.js';
import type {
  Canister,
  Environment,
  PluginStep,
  Project,
  ScriptStep,
  SyncStep,
} from '../project/project-model.js';
import type { ReachableNetwork } from '../project/running-network.js';
import { plainList, printable, quoted } from '../project/shown-text.js';
import { shownUrl } from '../project/shown-url.js';

/** Which sync is wanted. */
export interface SyncRequest {
  /** Names. @default every canister of the environment */
  readonly canisters?: readonly string[];
  /**
   * The canister that updates go through: a principal, in text; or `managed`: the one that a
   * managed network comes with.
   */
  readonly proxyCanisterId?: string | undefined;
}

/** A sync, decided. */
export interface SyncPlan {
  /** Absolute path of the project's folder. */
  readonly root: string;
  readonly environment: string;
  readonly network: ReachableNetwork;
  readonly proxyCanisterId?: string;
  /** Those with steps, in the order asked for. */
  readonly canisters: readonly PlannedCanister[];
  /** Names of those asked for that have no steps. */
  readonly withoutSteps: readonly string[];
}

export interface PlannedCanister {
  readonly name: string;
  /** In text. */
  readonly id: string;
  /** Absolute path. */
  readonly folder: string;
  readonly steps: readonly PlannedStep[];
  /** The ids of all canisters that its plugins are told of, by the names they have for it, sorted by name. */
  readonly knownIds: readonly CanisterIdEntry[];
}

export type PlannedStep = PlannedPlugin | PlannedScript;

export interface PlannedPlugin {
  readonly kind: 'plugin';
  /** The plugin, as the manifest names it. */
  readonly label: string;
  /** An absolute path, or an address. */
  readonly source: { readonly path: string } | { readonly url: string };
  readonly declared: PluginStep;
  /** Ids by name of the canisters it may call beside its own. */
  readonly callable: ReadonlyMap<string, string>;
}

export interface PlannedScript {
  readonly kind: 'script';
  /** What it begins with. */
  readonly label: string;
  readonly commands: readonly string[];
  /** What is added to the environment that it inherits. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Decides a sync.
 * @param project with the recipes of the canisters that are wanted rendered
 * @throws SandpoolError CANISTER_NOT_FOUND, CANISTER_ID_MISSING, INVALID_PRINCIPAL, PROXY_MISSING, MANIFEST_INVALID
 *
 * @example
 * ```ts
 * const plan = planSync(project, await readDeployment(project, 'staging'), { canisters: ['frontend'] });
 * ```
 */
export function planSync(project: Project, deployment: Deployment, request: SyncRequest = {}): SyncPlan {
  const { environment, network } = deployment;
  const selected = selectCanisters(project, environment, request.canisters);
  const known = new KnownIds(deployment.ids);
  const withSteps = selected.filter(({ sync }) => sync.kind === 'recipe' || sync.steps.length > 0);
  return {
    root: project.root,
    environment: environment.name,
    network,
    ...proxyOf(request, network),
    canisters: withSteps.map((canister) => new CanisterPlanner(canister, deployment, known).plan()),
    withoutSteps: selected.filter((canister) => !withSteps.includes(canister)).map(({ name }) => name),
  };
}

/** The plugin steps of a plan. */
export function pluginsOf({ canisters }: SyncPlan): PlannedPlugin[] {
  return canisters.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'plugin' ? step : [])));
}

/**
 * The canisters that are wanted: those named, each once, or all of the environment.
 * @throws SandpoolError CANISTER_NOT_FOUND
 */
export function selectCanisters(
  project: Project,
  environment: Environment,
  asked: readonly string[] | undefined,
): Canister[] {
  const present = new Set(environment.canisters);
  for (const canister of asked ?? []) {
    if (present.has(canister)) continue;
    throw new SandpoolError('CANISTER_NOT_FOUND', {
      environment: printable(environment.name),
      canister: printable(canister),
      known: plainList(environment.canisters),
    });
  }
  const names = asked === undefined ? environment.canisters : [...new Set(asked)];
  return names.flatMap((name) => project.canisters.get(name) ?? []);
}

function proxyOf(
  { proxyCanisterId: asked }: SyncRequest,
  network: ReachableNetwork,
): { proxyCanisterId?: string } {
  if (asked === undefined) return {};
  if (asked === MANAGED_PROXY) {
    if (network.proxyCanisterId !== undefined) return { proxyCanisterId: network.proxyCanisterId };
    throw new SandpoolError('PROXY_MISSING', { network: printable(network.name) });
  }
  const principal = principalText(asked);
  if (principal !== undefined) return { proxyCanisterId: principal };
  throw new SandpoolError('INVALID_PRINCIPAL', { subject: 'the proxy', value: printable(asked) });
}

type Siblings = Canister['siblings'];

/** The ids that canisters are told of. Those of one manifest are told the same, which is put together once. */
class KnownIds {
  readonly #byName: ReadonlyMap<string, string>;
  readonly #lists = new Map<Siblings, readonly CanisterIdEntry[]>();

  constructor({ byName }: Deployment['ids']) {
    this.#byName = byName;
  }

  /** The id of a canister: as the manifest of `siblings` means its name first, else as the project does. */
  of(name: string, siblings: Siblings): string | undefined {
    return this.#byName.get(siblings.get(name) ?? name);
  }

  /** All of them, sorted by name. */
  list(siblings: Siblings): readonly CanisterIdEntry[] {
    const known = this.#lists.get(siblings);
    if (known !== undefined) return known;
    const list = [...new Set([...this.#byName.keys(), ...siblings.keys()])]
      .flatMap((name) => {
        const id = this.of(name, siblings);
        return id === undefined ? [] : { name, id };
      })
      .sort((left, right) => (left.name < right.name ? -1 : 1));
    this.#lists.set(siblings, list);
    return list;
  }
}

/** Plans one canister. */
class CanisterPlanner {
  readonly #canister: Canister;
  readonly #deployment: Deployment;
  readonly #known: KnownIds;
  readonly #id: string;

  constructor(canister: Canister, deployment: Deployment, known: KnownIds) {
    const { ids, environment } = deployment;
    this.#canister = canister;
    this.#deployment = deployment;
    this.#known = known;
    const id = ids.byName.get(canister.name);
    if (id === undefined) {
      throw new SandpoolError('CANISTER_ID_MISSING', {
        canister: printable(canister.name),
        environment: printable(environment.name),
        file: ids.file,
      });
    }
    this.#id = id;
  }

  plan(): PlannedCanister {
    const { name, folder, sync } = this.#canister;
    if (sync.kind === 'recipe') {
      throw new SandpoolError('INTERNAL', { reason: `the recipe of canister ${name} was not rendered` });
    }
    const knownIds = this.#known.list(this.#canister.siblings);
    const steps = sync.steps.map((step) => this.#step(step));
    return { name, id: this.#id, folder, steps, knownIds };
  }

  #step(step: SyncStep): PlannedStep {
    return step.type === 'plugin' ? this.#plugin(step) : this.#script(step);
  }

  #plugin(step: PluginStep): PlannedPlugin {
    const { source } = step;
    const callable = new Map<string, string>();
    for (const { name, position } of step.canisters) {
      const id = this.#known.of(name, this.#canister.siblings);
      if (id === undefined) {
        throw invalid(
          position,
          `the step lists canister ${quoted(name)} as callable, but no canister by that name is known in ` +
            `environment ${quoted(this.#deployment.environment.name)}: deploy it first, or correct the name`,
        );
      }
      callable.set(name, id);
    }
    return {
      kind: 'plugin',
      label: source.kind === 'path' ? source.path : shownUrl(source.url),
      source: source.kind === 'path' ? { path: resolve(this.#canister.folder, source.path) } : source,
      declared: step,
      callable,
    };
  }

  #script({ commands }: ScriptStep): PlannedScript {
    const { environment, network, ids } = this.#deployment;
    const variables: Record<string, string> = {
      ICP_CLI_ENVIRONMENT: environment.name,
      ICP_CLI_NETWORK: network.name,
      ICP_CLI_CID: this.#id,
    };
    for (const [name, id] of ids.byName)
      variables[`ICP_CLI_CID_${name.toUpperCase().replace(/[^A-Z0-9]/gu, '_')}`] = id;
    return { kind: 'script', label: commands[0] ?? '', commands, variables };
  }
}
