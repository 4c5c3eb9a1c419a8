// Reads icp.yaml into a project: each part by its own reader, then what concerns them together (names that
// occur twice, what every project has without declaring it).

import { join } from 'node:path';
import type { SandpoolError } from '../../bridge/errors.js';
import { readCanister } from './canister-manifest.js';
import { readEnvironment } from './environment-manifest.js';
import { type ManifestValue, parseManifest, readManifest } from './manifest-document.js';
import { LOCAL, MAINNET, readNetwork } from './network-manifest.js';
import type { Canister, Environment, Network, Project } from './project-model.js';
import { PROJECT_MANIFEST } from './project-root.js';
import { quoted } from './shown-text.js';
import { unsupported } from './unsupported.js';

const KEYS = ['canisters', 'networks', 'environments', 'dependencies'] as const;

/**
 * Reads the project in `root`.
 * @throws SandpoolError MANIFEST_INVALID with file, line and column; PROJECT_UNSUPPORTED, MANIFEST_UNREADABLE
 *
 * @example
 * ```ts
 * const project = await loadProject(findProjectRoot({ folder: process.cwd() }));
 * for (const name of project.environments.get('local')?.canisters ?? []) console.log(name);
 * ```
 */
export async function loadProject(root: string): Promise<Project> {
  return readProject(await readManifest(join(root, PROJECT_MANIFEST), PROJECT_MANIFEST), root);
}

/**
 * The project that `text`, an icp.yaml, declares in the folder `root`.
 * @throws SandpoolError as {@link loadProject}
 */
export function parseProject(text: string, root: string): Project {
  return readProject(parseManifest(text, PROJECT_MANIFEST), root);
}

function readProject(manifest: ManifestValue, root: string): Project {
  const parts = manifest.absent ? {} : manifest.record('the project', KEYS);
  const [dependency] = parts.dependencies?.list() ?? [];
  if (dependency !== undefined)
    throw unsupported(
      dependency.position,
      'the project has `dependencies`',
      'sync each project from its own folder',
    );

  const canisters = new Map<string, Canister>();
  for (const item of parts.canisters?.list() ?? []) {
    if (!item.isMap) throw byReference(item, 'canister', 'a folder with a canister.yaml');
    add(canisters, 'canister', readCanister(item, root), item);
  }

  const networks = new Map<string, Network>([[MAINNET.name, MAINNET]]);
  for (const item of parts.networks?.list() ?? []) {
    if (!item.isMap) throw byReference(item, 'network', 'a file');
    add(networks, 'network', readNetwork(item), item);
  }
  if (!networks.has(LOCAL)) networks.set(LOCAL, { mode: 'managed', name: LOCAL });

  const environments = new Map<string, Environment>();
  for (const item of parts.environments?.list() ?? []) {
    if (!item.isMap) throw byReference(item, 'environment', 'a file');
    add(environments, 'environment', readEnvironment(item, { canisters, networks }), item);
  }
  for (const name of [LOCAL, MAINNET.name]) {
    if (environments.has(name)) continue;
    environments.set(name, { name, network: name, canisters: [...canisters.keys()] });
  }
  return { root, canisters, networks, environments };
}

function add<Item extends { readonly name: string }>(
  items: Map<string, Item>,
  kind: string,
  item: Item,
  at: ManifestValue,
): void {
  if (items.has(item.name)) {
    throw at.problem(`the project has two ${kind}s named ${quoted(item.name)}: names must differ`);
  }
  items.set(item.name, item);
}

function byReference(item: ManifestValue, kind: string, target: string): SandpoolError {
  const path = item.filledText();
  return unsupported(
    item.position,
    `the ${kind} ${quoted(path)} is declared by the path of ${target}`,
    `write the ${kind} out in ${PROJECT_MANIFEST}`,
  );
}
