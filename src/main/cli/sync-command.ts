// `sandpool sync`: the canisters of an icp-cli project.

import { readCanisterIds } from '../project/canister-ids.js';
import { loadProject } from '../project/load-project.js';
import { LOCAL } from '../project/network-manifest.js';
import { findProjectRoot } from '../project/project-root.js';
import { findEnvironment, planSync, type SyncPlan } from '../sync/plan.js';
import { type RunPlanOptions, runPlan } from './run-plan.js';
import type { Terminal } from './terminal.js';

/** The options of the command, as parsed. */
export interface SyncCommandOptions extends RunPlanOptions {
  readonly environment?: string;
  readonly proxy?: string;
  readonly projectRoot?: string;
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
  return runPlan(() => planFrom(canisters, options), options, terminal);
}

async function planFrom(canisters: readonly string[], options: SyncCommandOptions): Promise<SyncPlan> {
  const override = options.projectRoot ?? process.env['ICP_PROJECT_ROOT'];
  const project = await loadProject(findProjectRoot({ folder: process.cwd(), override }));
  const environment = options.environment ?? (process.env['ICP_ENVIRONMENT'] || LOCAL);
  const ids = await readCanisterIds(project, findEnvironment(project, environment));
  return planSync(project, ids, { environment, canisters, proxyCanisterId: options.proxy });
}
