// The ids of deployed canisters, as icp-cli keeps them: one JSON file for each environment.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Principal } from '@icp-sdk/core/principal';
import { readManifest } from './manifest-document.js';
import type { Environment, Network, Project } from './project-model.js';
import { quoted } from './shown-text.js';

/** The ids of an environment. */
export interface CanisterIds {
  /** By canister name: principals in text. */
  readonly byName: ReadonlyMap<string, string>;
  /** The file they are from, relative to the project's folder. It need not exist. */
  readonly file: string;
}

/**
 * Reads the ids of an environment; none when nothing has been deployed to it.
 * @throws SandpoolError MANIFEST_INVALID when the file is not what icp-cli writes; MANIFEST_UNREADABLE
 */
export async function readCanisterIds(project: Project, environment: Environment): Promise<CanisterIds> {
  const network: Network | undefined = project.networks.get(environment.network);
  const kept = network?.mode === 'managed' ? 'cache' : 'data';
  const file = join('.icp', kept, 'mappings', `${environment.name}.ids.json`);
  const path = join(project.root, file);
  const byName = new Map<string, string>();
  if (!existsSync(path)) return { byName, file };
  const manifest = await readManifest(path, file);
  for (const [name, id] of manifest.entries()) {
    const text = id.text();
    const principal = principalText(text);
    if (principal === undefined) {
      throw id.problem(`the id of canister ${quoted(name.scalarKey())} is not a principal: ${quoted(text)}`);
    }
    byName.set(name.scalarKey(), principal);
  }
  return { byName, file };
}

/** `text` when it is a principal, else `undefined`. */
export function principalText(text: string): string | undefined {
  try {
    return Principal.fromText(text).toText();
  } catch {
    return undefined;
  }
}
