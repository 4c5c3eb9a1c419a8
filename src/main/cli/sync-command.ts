// `sandpool sync`: the canisters of an icp-cli project.

import { relative } from 'node:path';
import { readDeployment } from '../project/deployment.js';
import { loadProject } from '../project/load-project.js';
import { LOCAL } from '../project/network-manifest.js';
import type { Project } from '../project/project-model.js';
import { locateProject } from '../project/project-root.js';
import { fetchRules } from '../sync/fetch-plugins.js';
import { readLastReport, stillToSync } from '../sync/last-report.js';
import { planSync, type SyncPlan, selectCanisters } from '../sync/plan.js';
import { renderRecipes } from '../sync/render-recipes.js';
import { performHere } from './perform-here.js';
import type { ServiceOptions } from './perform-on-service.js';
import { type PlannedCommand, type PlannerMeans, type RunPlanOptions, runPlan } from './run-plan.js';
import type { Terminal } from './terminal.js';

/** The options of the command, as parsed. */
export interface SyncCommandOptions extends RunPlanOptions, ServiceOptions {
  readonly environment?: string;
  readonly proxy?: string;
  readonly projectRootOverride?: string;
  readonly onlyFailed?: true;
}

/**
 * Runs the command.
 * @returns the exit code
 * @throws SandpoolError for what is wrong with the project or the options
 */
export async function syncCommand(
  canisters: readonly string[],
  options: SyncCommandOptions,
  terminal: Terminal,
): Promise<number> {
  const server = options.server ?? (process.env['SANDPOOL_SERVER'] || undefined);
  const command: PlannedCommand = {
    name: 'sync',
    planner: (means) => planFrom(canisters, options, means),
    ...(server === undefined ? { performer: performHere } : await onService(server, options)),
    ...(options.onlyFailed === true ? { nothing: () => 'no canister is left to sync: none failed' } : {}),
  };
  return runPlan(command, options, terminal);
}

async function onService(
  server: string,
  options: SyncCommandOptions,
): Promise<Pick<PlannedCommand, 'performer' | 'previewer'>> {
  const { performOnService, previewForService } = await import('./perform-on-service.js');
  return { performer: performOnService(server, options), previewer: previewForService };
}

async function planFrom(
  asked: readonly string[],
  options: SyncCommandOptions,
  { warn, cacheFolder, signal }: PlannerMeans,
): Promise<SyncPlan> {
  const project = await projectHere(options, warn);
  const environment = options.environment ?? (process.env['ICP_ENVIRONMENT'] || LOCAL);
  const deployment = await readDeployment(project, environment);
  // What was asked for is checked as ever, whether or not it is left to sync.
  let wanted = selectCanisters(project, deployment.environment, asked.length > 0 ? asked : undefined);
  if (options.onlyFailed === true) {
    const lastReport = readLastReport(project.root, environment);
    const left = new Set(stillToSync(lastReport, deployment.environment.canisters, asked));
    wanted = wanted.filter(({ name }) => left.has(name));
  }
  const rendered = await renderRecipes(project, wanted, fetchRules(deployment.network, cacheFolder, signal));
  const canisters = wanted.map(({ name }) => name);
  return planSync(rendered, deployment, { canisters, proxyCanisterId: options.proxy });
}

async function projectHere(
  { projectRootOverride }: SyncCommandOptions,
  warn: (message: string) => void,
): Promise<Project> {
  const override = projectRootOverride ?? process.env['ICP_PROJECT_ROOT'];
  const { root, nearest } = locateProject({ folder: process.cwd(), override });
  if (root !== nearest) {
    warn(
      `this project, ${relative(root, nearest)}, is part of the one in ${root}: ` +
        'the environments, networks and canister ids are those of that one',
    );
  }
  const project = await loadProject(root);
  for (const warning of project.warnings) warn(warning);
  return project;
}
