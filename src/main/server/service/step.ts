// What a run's request declares beside its plugin and canister: as it is kept with the run, and as the grants of a run
// are made from it.

import { join } from 'node:path';
import type { DirectoryGrant } from '../../../bridge/run-input.js';
import type { PreparedPlugin } from '../../component/prepared-plugin.js';
import type { DeclaredPaths, PluginStep } from '../../project/project-model.js';
import { grantsOf, type StepGrants } from '../../sync/step-grants.js';
import type { RunRequest } from '../api/runs.js';
import type { JsonObject, Run, Store } from '../store/index.js';

/** As it is kept. */
export type Step = Pick<
  RunRequest,
  'label' | 'folder' | 'dirs' | 'files' | 'canisters' | 'canisterIds' | 'proxy'
>;

/** What the runs of a batch have in common, kept with the batch: the ids of a large project would be long for each run. */
export type CommonStep = Pick<Step, 'canisterIds'>;

/** The step of a run with what it has in common with its batch. */
export function wholeStep(store: Pick<Store, 'batches'>, { batchId, step }: Run): Step & JsonObject {
  const common = batchId === undefined ? {} : (store.batches.find(batchId)?.common ?? {});
  return { ...common, ...step };
}

/** No manifest declares it, so there is no place in one. */
const POSITION = Object.freeze({ file: 'request', line: 1, column: 1 });

/**
 * What a run is granted of the files of its bundle.
 * @param folder of the bundle's files; undefined when there is none
 * @throws SandpoolError as `grantsOf` does
 */
export async function stepGrants(
  step: Step,
  plugin: PreparedPlugin,
  folder: string | undefined,
): Promise<StepGrants> {
  const nothing: readonly DirectoryGrant[] = [];
  if (folder === undefined) return { directories: nothing, files: [] };
  const canister = join(folder, ...(step.folder ?? '').split('/'));
  return grantsOf(pluginStep(step), plugin, { project: folder, canister });
}

function pluginStep({ dirs, files }: Step): PluginStep {
  return {
    type: 'plugin',
    source: { kind: 'path', path: 'plugin' },
    ...(dirs === undefined ? {} : { directories: listed(dirs) }),
    ...(files === undefined ? {} : { files: Array.isArray(files) ? listed(files) : named(files) }),
    fields: [],
    canisters: [],
    position: POSITION,
  };
}

function listed(paths: readonly string[]): DeclaredPaths {
  return { form: 'list', paths: paths.map((path) => ({ path, position: POSITION })) };
}

function named(paths: Readonly<Record<string, string>>): DeclaredPaths {
  return {
    form: 'map',
    paths: sorted(paths).map(([key, path]) => ({ key, path, position: POSITION })),
  };
}

/** The entries of a map, by name: what plugins are given comes in the order of names. */
export function sorted<Value>(map: Readonly<Record<string, Value>> = {}): [string, Value][] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
}
