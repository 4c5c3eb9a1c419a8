// `sandpool sync`: the canisters of an icp-cli project.

import { readCanisterIds } from '../project/canister-ids.js';
import { loadProject } from '../project/load-project.js';
import { LOCAL } from '../project/network-manifest.js';
import { findProjectRoot } from '../project/project-root.js';
import { readLastReport, stillToSync } from '../sync/last-report.js';
import { findEnvironment, planSync, type SyncPlan } from '../sync/plan.js';
import { type PlannedCommand, type RunPlanOptions, runPlan } from './run-plan.js';
import type { Terminal } from './terminal.js';

/** The options of the command, as parsed. */
export interface SyncCommandOptions extends RunPlanOptions {
  readonly environment?: string;
  readonly proxy?: string;
  readonly projectRoot?: string;
  readonly onlyFailed?: true;
}

/**
 * Runs the command.
 * @returns the exit code
 * @throws SandpoolError for what is wrong with the project or the options
 */
export function syncCommand(
  canisters: readonly string[],
  options: SyncCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const command: PlannedCommand = {
    name: 'sync',
    planner: () => planFrom(canisters, options),
    ...(options.onlyFailed === true ? { nothing: () => 'no canister is left to sync: none failed' } : {}),
  };
  return runPlan(command, options, terminal);
}

async function planFrom(asked: readonly string[], options: SyncCommandOptions): Promise<SyncPlan> {
  const override = options.projectRoot ?? process.env['ICP_PROJECT_ROOT'];
  const project = await loadProject(findProjectRoot({ folder: process.cwd(), override }));
  const name = options.environment ?? (process.env['ICP_ENVIRONMENT'] || LOCAL);
  const environment = findEnvironment(project, name);
  const ids = await readCanisterIds(project, environment);
  const request = { environment: name, proxyCanisterId: options.proxy };
  if (options.onlyFailed !== true) return planSync(project, ids, { ...request, canisters: asked });
  const canisters = stillToSync(readLastReport(project.root, name), environment.canisters, asked);
  // What was asked for is checked as ever, and no names would mean all.
  if (canisters.length > 0) return planSync(project, ids, { ...request, canisters });
  return { ...planSync(project, ids, { ...request, canisters: asked }), canisters: [], withoutSteps: [] };
}
