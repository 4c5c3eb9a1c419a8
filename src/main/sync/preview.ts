// What a sync would do, without doing it: each step with its plugin looked at and its grants opened once, so that
// what would fail for what is on the disk is told here.

import { closeSync } from 'node:fs';
import { openGrantedDirectory } from '../../bridge/directory-walk.js';
import { SandpoolError } from '../../bridge/errors.js';
import { type RunLimits, resolveLimits } from '../pool/limits.js';
import { shownUrl } from '../project/shown-url.js';
import type { PlannedCanister, PlannedPlugin, PlannedStep, SyncPlan } from './plan.js';
import { type PluginPreparer, PluginShelf } from './plugin-shelf.js';
import type { PluginFetcher } from './prepare-plugins.js';
import { grantsOf, readFiles } from './step-grants.js';
import { type ErrorReport, errorReport, type StepDescription } from './sync-events.js';

/** What a sync would do. Plain data. */
export interface SyncPreview {
  readonly environment: string;
  readonly network: string;
  readonly url: string;
  readonly proxyCanisterId?: string;
  readonly canisters: readonly CanisterPreview[];
  /** Canisters that were asked for and have nothing to do. */
  readonly withoutSteps: readonly string[];
  /** Of each run; a limit that is off is absent. */
  readonly limits: Partial<RunLimits>;
  /** Whether no step would fail for what can be seen from here. */
  readonly ok: boolean;
  /** What a service would be sent, unless it has it: when the sync would be done on one. */
  readonly upload?: UploadPreview;
}

/** What a sync on a service needs to have there. */
export interface UploadPreview {
  readonly plugins: readonly { readonly name: string; readonly sha256: string; readonly sizeBytes: number }[];
  /** Absent when no step declares files. */
  readonly bundle?: {
    readonly sha256: string;
    readonly sizeBytes: number;
    /** Relative to the project's folder. */
    readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  };
}

export interface CanisterPreview {
  readonly canister: string;
  readonly canisterId: string;
  readonly steps: readonly StepPreview[];
}

export type StepPreview = StepDescription & {
  readonly error?: ErrorReport;
  /** Of a script: what it runs, where, and what it is told beside what it inherits. */
  readonly script?: {
    readonly folder: string;
    readonly commands: readonly string[];
    readonly variables: Readonly<Record<string, string>>;
  };
  readonly plugin?: PluginPreview;
};

/** A plugin, and all that it would be granted. */
export interface PluginPreview {
  readonly sha256: string;
  /** Such as `0.2.0`. */
  readonly interfaceVersion: string;
  readonly sizeBytes: number;
  /** Absent when the step fails on them. Names are empty for 0.1. */
  readonly directories?: readonly { readonly name: string; readonly path: string }[];
  readonly files?: readonly { readonly name: string; readonly path: string; readonly sizeBytes: number }[];
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** That it may call: its own, and those that the step lists. */
  readonly canisters: readonly { readonly name: string; readonly canisterId: string }[];
}

/** Looks at everything that a sync would begin with. */
export async function previewSync(
  plan: SyncPlan,
  preparer: PluginPreparer,
  fetchPlugin: PluginFetcher,
  limits: Partial<RunLimits> = {},
): Promise<SyncPreview> {
  const shelf = new PluginShelf(preparer, fetchPlugin, () => {});
  const canisters = await Promise.all(
    plan.canisters.map(async (canister) => ({
      canister: canister.name,
      canisterId: canister.id,
      steps: await Promise.all(canister.steps.map((step) => previewStep(step, canister, plan, shelf))),
    })),
  );
  const { environment, network, proxyCanisterId, withoutSteps } = plan;
  const set = Object.entries(resolveLimits(limits)).filter(([, value]) => Number.isFinite(value));
  return {
    environment,
    network: network.name,
    url: shownUrl(network.apiUrl),
    ...(proxyCanisterId === undefined ? {} : { proxyCanisterId }),
    canisters,
    withoutSteps,
    limits: Object.fromEntries(set),
    ok: canisters.every(({ steps }) => steps.every(({ error }) => error === undefined)),
  };
}

async function previewStep(
  step: PlannedStep,
  canister: PlannedCanister,
  plan: SyncPlan,
  shelf: PluginShelf,
): Promise<StepPreview> {
  const { kind, label } = step;
  if (kind === 'script') {
    const { commands, variables } = step;
    return { kind, label, script: { folder: canister.folder, commands, variables } };
  }
  try {
    return { kind, label, ...(await previewPlugin(step, canister, plan, shelf)) };
  } catch (thrown) {
    return { kind, label, error: errorReport(SandpoolError.from(thrown)) };
  }
}

async function previewPlugin(
  step: PlannedPlugin,
  canister: PlannedCanister,
  plan: SyncPlan,
  shelf: PluginShelf,
): Promise<{ plugin: PluginPreview; error?: ErrorReport }> {
  const prepared = await shelf.get(step);
  const plugin: PluginPreview = {
    sha256: prepared.sha256,
    interfaceVersion: prepared.declaredVersion,
    sizeBytes: prepared.bytes,
    fields: step.declared.fields,
    canisters: [
      { name: canister.name, canisterId: canister.id },
      ...[...step.callable].map(([name, canisterId]) => ({ name, canisterId })),
    ],
  };
  try {
    const grants = await grantsOf(step.declared, prepared, { project: plan.root, canister: canister.folder });
    for (const { root, path } of grants.directories) closeSync(openGrantedDirectory(root, path));
    return {
      plugin: {
        ...plugin,
        directories: grants.directories.map(({ key, guestPath }) => ({ name: key, path: guestPath })),
        files: readFiles(grants.files).map(({ key, name, content }) => ({
          name: key,
          path: name,
          sizeBytes: Buffer.byteLength(content),
        })),
      },
    };
  } catch (thrown) {
    return { plugin, error: errorReport(SandpoolError.from(thrown)) };
  }
}
