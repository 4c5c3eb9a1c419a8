// Reads one canister, wherever it is declared. `build` and `settings` and the arguments of its installation are
// not ours: they are accepted whatever they hold.

import { given, type ManifestValue } from './manifest-document.js';
import { canisterName } from './names.js';
import { readSyncSteps } from './plugin-step.js';
import type { Canister, CanisterSync } from './project-model.js';
import { quoted } from './shown-text.js';

const KEYS = ['name', 'build', 'sync', 'recipe', 'settings', 'init_args', 'upgrade_args'] as const;

/**
 * Reads a canister.
 * @param folder absolute path of what its paths are relative to
 * @throws SandpoolError MANIFEST_INVALID
 */
export function readCanister(canister: ManifestValue, folder: string): Canister {
  const { name, build, sync, recipe } = canister.record('a canister', KEYS);
  if (name === undefined) throw canister.problem('a canister must have a `name`');
  const text = canisterName(name);
  if (recipe !== undefined) {
    const other = build ?? sync;
    if (other !== undefined) {
      throw other.problem(
        `canister ${quoted(text)} has a \`recipe\`, so it cannot have \`${other.label}\` too`,
      );
    }
  } else if (build === undefined) {
    throw canister.problem(`canister ${quoted(text)} must have a \`build\` or a \`recipe\` section`);
  }
  return {
    name: text,
    folder,
    sync: recipe === undefined ? readSync(given(sync)) : readRecipe(recipe),
    position: canister.position,
  };
}

function readSync(sync: ManifestValue | undefined): CanisterSync {
  return { kind: 'steps', steps: sync === undefined ? [] : readSyncSteps(sync) };
}

function readRecipe(recipe: ManifestValue): CanisterSync {
  const { type } = recipe.record('a recipe', ['type', 'configuration', 'sha256']);
  if (type === undefined) throw recipe.problem('a recipe must have a `type`');
  return { kind: 'recipe', type: type.filledText(), position: recipe.position };
}
