// A deployment that was never read from the disk.

import { type Deployment, findEnvironment } from '#src/main/project/deployment.js';
import type { Project } from '#src/main/project/project-model.js';

/** The deployment of an environment that is on a connected network, with the ids in `byName`. */
export function deploymentOf(
  project: Project,
  name: string,
  byName: ReadonlyMap<string, string>,
): Deployment {
  const environment = findEnvironment(project, name);
  const network = project.networks.get(environment.network);
  if (network?.mode !== 'connected') throw new Error(`${name} is not on a connected network`);
  return { environment, network, ids: { byName, file: 'ids' } };
}
