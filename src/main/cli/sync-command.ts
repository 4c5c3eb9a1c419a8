// `sandpool sync`: the canisters of an icp-cli project.

import { relative } from 'node:path';
import { readDeployment } from '../project/deployment.js';
import { loadProject } from '../project/load-project.js';
import { LOCAL } from '../project/network-manifest.js';
import { locateProject } from '../project/project-root.js';
import { fetchRules } from '../sync/fetch-plugins.js';
import { planSync, type SyncPlan, selectCanisters } from '../sync/plan.js';
import { renderRecipes } from '../sync/render-recipes.js';
import { type Planner, type RunPlanOptions, runPlan } from './run-plan.js';
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
  return runPlan((means) => planFrom(canisters, options, means), options, terminal);
}

async function planFrom(
  canisters: readonly string[],
  options: SyncCommandOptions,
  { warn, cacheFolder }: Parameters<Planner>[0],
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
  const wanted = selectCanisters(project, deployment.environment, canisters);
  const rendered = await renderRecipes(project, wanted, fetchRules(deployment.network, cacheFolder));
  return planSync(rendered, deployment, { canisters, proxyCanisterId: options.proxy });
}
