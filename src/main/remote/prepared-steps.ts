// The steps of a plan with everything in them found: the plugin of each, what it is granted, and the one bundle that all
// of that is sent in.

import { SandpoolError } from '../../bridge/errors.js';
import { cancellable } from '../sync/cancellable.js';
import type { PlannedCanister, PlannedPlugin, SyncPlan } from '../sync/plan.js';
import type { PluginShelf } from '../sync/plugin-shelf.js';
import { grantsOf, unusedPartsOf } from '../sync/step-grants.js';
import type { SyncEventBody } from '../sync/sync-events.js';
import { bundlePath, DeclaredEntries } from './declared-entries.js';
import type { UploadedPlugin } from './plugin-uploader.js';

/** A step that a service can be asked to run. */
export interface PreparedStep {
  readonly planned: PlannedPlugin;
  readonly plugin: UploadedPlugin;
  /** The canister's folder in the bundle; absent when the step declares no files, or the folder is the project's. */
  readonly folder?: string;
  readonly declaresFiles: boolean;
}

/** A canister whose steps can all be run. */
export interface PreparedCanister {
  readonly canister: PlannedCanister;
  readonly steps: readonly PreparedStep[];
}

/** What comes of looking at a plan. */
export interface Preparation {
  readonly canisters: readonly PreparedCanister[];
  /** Of those that cannot be synced for what is here. */
  readonly errors: ReadonlyMap<PlannedCanister, SandpoolError>;
  readonly entries: DeclaredEntries;
}

/**
 * Finds everything. What is wrong with one canister is no matter for the others.
 * @throws SandpoolError CANCELLED
 */
export async function prepareSteps(
  plan: SyncPlan,
  shelf: PluginShelf<UploadedPlugin>,
  signal: AbortSignal,
  emit: (event: SyncEventBody) => void,
): Promise<Preparation> {
  const entries = new DeclaredEntries(plan.root);
  const errors = new Map<PlannedCanister, SandpoolError>();
  const prepare = async (canister: PlannedCanister): Promise<PreparedCanister | undefined> => {
    try {
      const planned = canister.steps.flatMap((step) => (step.kind === 'plugin' ? step : []));
      const steps = await Promise.all(
        planned.map(async (step) => {
          const plugin = await cancellable(shelf.get(step), signal);
          const message = unusedPartsOf(step.declared, plugin);
          if (message !== undefined)
            emit({ type: 'warning', message: `canister ${canister.name}: ${message}` });
          return prepareStep(plan.root, step, plugin, canister, entries);
        }),
      );
      return { canister, steps };
    } catch (thrown) {
      errors.set(canister, SandpoolError.from(thrown));
      return undefined;
    }
  };
  const prepared = await Promise.all(plan.canisters.map(prepare));
  if (signal.aborted) throw new SandpoolError('CANCELLED', {}, { cause: signal.reason });
  return { canisters: prepared.filter((one) => one !== undefined), errors, entries };
}

async function prepareStep(
  project: string,
  planned: PlannedPlugin,
  plugin: UploadedPlugin,
  { folder }: PlannedCanister,
  entries: DeclaredEntries,
): Promise<PreparedStep> {
  const grants = await grantsOf(planned.declared, plugin, { project, canister: folder });
  entries.add(grants);
  const declaresFiles = grants.directories.length + grants.files.length > 0;
  const inBundle = declaresFiles ? bundlePath(project, folder) : '';
  return { planned, plugin, declaresFiles, ...(inBundle === '' ? {} : { folder: inBundle }) };
}
