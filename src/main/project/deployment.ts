// An environment as it is at present: what network it is on, and the ids that its canisters have there.

import { SandpoolError } from '../../bridge/errors.js';
import { type CanisterIds, readCanisterIds } from './canister-ids.js';
import type { Environment, Project } from './project-model.js';
import { type ReachableNetwork, readRunningNetwork } from './running-network.js';
import { plainList, printable } from './shown-text.js';

/** Where the canisters of an environment are. */
export interface Deployment {
  readonly environment: Environment;
  readonly network: ReachableNetwork;
  readonly ids: CanisterIds;
}

/**
 * Finds out where the canisters of the environment `name` are.
 * @throws SandpoolError ENVIRONMENT_NOT_FOUND, ENVIRONMENT_NOT_DECLARED, NETWORK_NOT_FOUND, NETWORK_NOT_RUNNING,
 * NETWORK_OF_OTHER_PROJECT; MANIFEST_INVALID, MANIFEST_UNREADABLE for the files that icp-cli keeps
 *
 * @example
 * ```ts
 * const deployment = await readDeployment(project, 'staging');
 * const plan = planSync(project, deployment);
 * ```
 */
export async function readDeployment(project: Project, name: string): Promise<Deployment> {
  const environment = findEnvironment(project, name);
  const network = project.networks.get(environment.network);
  if (network === undefined) {
    throw new SandpoolError('NETWORK_NOT_FOUND', {
      network: printable(environment.network),
      known: plainList(project.networks.keys()),
    });
  }
  const [reachable, ids] = await Promise.all([
    network.mode === 'connected' ? network : readRunningNetwork(project.root, network.name),
    readCanisterIds(project, environment),
  ]);
  return { environment, network: reachable, ids };
}

/**
 * The environment named `name`.
 * @throws SandpoolError ENVIRONMENT_NOT_FOUND; ENVIRONMENT_NOT_DECLARED when a project that this one depends on
 * lacks it
 */
export function findEnvironment(project: Project, name: string): Environment {
  const environment = project.environments.get(name);
  if (environment === undefined) {
    throw new SandpoolError('ENVIRONMENT_NOT_FOUND', {
      environment: printable(name),
      known: plainList(project.environments.keys()),
    });
  }
  if (environment.undeclaredIn.length === 0) return environment;
  throw new SandpoolError('ENVIRONMENT_NOT_DECLARED', {
    environment: printable(name),
    files: plainList(environment.undeclaredIn),
  });
}
