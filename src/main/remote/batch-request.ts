// What a service is asked for: one step each of many canisters, as one batch. What they have in common is said once.

import type { BatchRequest, Limits } from '../client/index.js';
import type { RunLimits } from '../pool/limits.js';
import type { DeclaredPaths } from '../project/project-model.js';
import type { PlannedCanister, SyncPlan } from '../sync/plan.js';
import type { PreparedStep } from './prepared-steps.js';
import type { ServicePlace } from './service-place.js';

/** What holds for all runs of a sync. */
export interface BatchTerms {
  readonly plan: SyncPlan;
  readonly place: ServicePlace;
  /** The sha256 of the bundle; absent when no step declares files. */
  readonly bundle: string | undefined;
  readonly concurrency: number | undefined;
  readonly limits: Partial<RunLimits>;
}

/** A step of a canister. */
export interface WantedRun {
  readonly canister: PlannedCanister;
  readonly step: PreparedStep;
}

type RunWanted = BatchRequest['runs'][number];

const LONGEST_LABEL = 200;
const MOST_AT_ONCE = 1000;

/** The batch for these runs. */
export function batchRequest(runs: readonly WantedRun[], terms: BatchTerms): BatchRequest {
  const { plan, place, concurrency, limits } = terms;
  const { environment, proxyCanisterId } = plan;
  const { network, identity } = place;
  const finite = Object.fromEntries(Object.entries(limits).filter(([, value]) => Number.isFinite(value)));
  const common = commonIds(runs);
  return {
    name: shortened(`sync of ${environment}`),
    ...(concurrency === undefined ? {} : { concurrency: Math.min(concurrency, MOST_AT_ONCE) }),
    defaults: {
      network,
      identity,
      environment,
      ...(proxyCanisterId === undefined ? {} : { proxy: proxyCanisterId }),
      ...(Object.keys(finite).length === 0 ? {} : { limits: finite as Limits }),
      ...(common === undefined ? {} : { canisterIds: idsByName(common) }),
    },
    runs: runs.map((run) => wantedRun(run, terms, common)),
  };
}

function wantedRun(
  { canister, step }: WantedRun,
  { bundle }: BatchTerms,
  common: PlannedCanister['knownIds'] | undefined,
): RunWanted {
  const { planned, plugin, folder, declaresFiles } = step;
  const { declared, callable } = planned;
  const files = declaresFiles
    ? {
        ...(bundle === undefined ? {} : { bundle }),
        ...(folder === undefined ? {} : { folder }),
        ...declaredFiles(declared.directories, declared.files),
      }
    : {};
  // What is new in 0.2 is refused for 0.1, be it empty.
  const named =
    plugin.interfaceVersion === '0.1'
      ? {}
      : {
          fields: Object.fromEntries(declared.fields.map(({ name, value }) => [name, value])),
          canisters: Object.fromEntries(callable),
          ...(canister.knownIds === common ? {} : { canisterIds: idsByName(canister.knownIds) }),
        };
  return {
    canister: canister.id,
    label: shortened(canister.name),
    plugin: plugin.sha256,
    ...files,
    ...named,
  };
}

function declaredFiles(
  directories: DeclaredPaths | undefined,
  files: DeclaredPaths | undefined,
): Pick<RunWanted, 'dirs' | 'files'> {
  const dirs = directories?.paths.map(({ path }) => path) ?? [];
  return {
    ...(dirs.length === 0 ? {} : { dirs }),
    ...(files === undefined || files.paths.length === 0 ? {} : { files: pathsOf(files) }),
  };
}

function pathsOf(declared: DeclaredPaths): string[] | Record<string, string> {
  return declared.form === 'list'
    ? declared.paths.map(({ path }) => path)
    : Object.fromEntries(declared.paths.map(({ key, path }) => [key, path]));
}

/** The ids that all runs are told alike; none when some are told none. */
function commonIds(runs: readonly WantedRun[]): PlannedCanister['knownIds'] | undefined {
  if (runs.some(({ step }) => step.plugin.interfaceVersion === '0.1')) return undefined;
  return runs[0]?.canister.knownIds;
}

function idsByName(ids: PlannedCanister['knownIds']): Record<string, string> {
  return Object.fromEntries(ids.map(({ name, id }) => [name, id]));
}

function shortened(name: string): string {
  return name.length <= LONGEST_LABEL ? name : name.slice(-LONGEST_LABEL);
}
