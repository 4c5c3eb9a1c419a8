// `sandpool sync`: the canisters of an icp-cli project.

import { relative } from 'node:path';
import { readDeployment } from '../project/deployment.js';
import { loadProject } from '../project/load-project.js';
import { LOCAL } from '../project/network-manifest.js';
import { locateProject } from '../project/project-root.js';
import { planSync, type SyncPlan } from '../sync/plan.js';
import { type RunPlanOptions, runPlan } from './run-plan.js';
import type { Terminal } from './terminal.js';

/** The options of the command, as parsed. */
export interface SyncCommandOptions extends RunPlanOptions {
  readonly environment?: string;
  readonly proxy?: string;
  readonly projectRootOverride?: string;
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
  return runPlan(({ warn }) => planFrom(canisters, options, warn), options, terminal);
}

async function planFrom(
  canisters: readonly string[],
  options: SyncCommandOptions,
  warn: (message: string) => void,
): Promise<SyncPlan> {
  const override = options.projectRootOverride ?? process.env['ICP_PROJECT_ROOT'];
  const { root, nearest } = locateProject({ folder: process.cwd(), override });
  if (root !== nearest) {
    warn(
      `this project, ${relative(root, nearest)}, is part of the one in ${root}: ` +
        'the environments, networks and canister ids are those of that one',
    );
  }
  const project = await loadProject(root);
  for (const warning of project.warnings) warn(warning);
  const environment = options.environment ?? (process.env['ICP_ENVIRONMENT'] || LOCAL);
  const deployment = await readDeployment(project, environment);
  return planSync(project, deployment, { canisters, proxyCanisterId: options.proxy });
}
