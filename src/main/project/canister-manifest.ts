// Reads one canister, wherever it is declared. `build` and `settings` and the arguments of its installation are
// not ours: they are accepted whatever they hold.

import { SandpoolError } from '../../bridge/errors.js';
import { given, type ManifestValue } from './manifest-document.js';
import { canisterName } from './names.js';
import { hashOf, readSyncSteps } from './plugin-step.js';
import type { Canister, CanisterSync, RecipeReference } from './project-model.js';
import { readRecipeConfiguration } from './recipe/configuration-reader.js';
import { parseRecipeType } from './recipe/recipe-type.js';
import type { RecipeConfiguration } from './recipe/recipe-value.js';
import { quoted } from './shown-text.js';

const KEYS = ['name', 'build', 'sync', 'recipe', 'settings', 'init_args', 'upgrade_args'] as const;
const RECIPE_KEYS = ['type', 'configuration', 'sha256'] as const;

/** A canister as its own manifest has it, which knows no other. */
export type DeclaredCanister = Omit<Canister, 'siblings'>;

/**
 * Reads a canister.
 * @param folder absolute path of what its paths are relative to
 * @throws SandpoolError MANIFEST_INVALID
 */
export function readCanister(canister: ManifestValue, folder: string): DeclaredCanister {
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
    sync: recipe === undefined ? readSync(given(sync)) : { kind: 'recipe', recipe: readRecipe(recipe) },
    position: canister.position,
  };
}

function readSync(sync: ManifestValue | undefined): CanisterSync {
  return { kind: 'steps', steps: sync === undefined ? [] : readSyncSteps(sync) };
}

function readRecipe(recipe: ManifestValue): RecipeReference {
  const record = recipe.record('a recipe', RECIPE_KEYS);
  const { type } = record;
  if (type === undefined) throw recipe.problem('a recipe must have a `type`');
  const sha256 = given(record.sha256);
  const text = type.filledText();
  attemptAt(type, () => parseRecipeType(text));
  return {
    type: text,
    ...(sha256 === undefined ? {} : { sha256: hashOf(sha256) }),
    configuration: readConfiguration(given(record.configuration), text),
    position: type.position,
  };
}

function readConfiguration(value: ManifestValue | undefined, recipe: string): RecipeConfiguration {
  if (value === undefined) return new Map();
  if (!value.isMap) value.entries();
  return attemptAt(value, () =>
    value.as((node, document) =>
      node === undefined ? new Map() : readRecipeConfiguration(node, document, recipe),
    ),
  );
}

/** Does what complains of a recipe without knowing where it stands. */
function attemptAt<Result>(value: ManifestValue, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof SandpoolError && error.code === 'RECIPE_INVALID') throw value.problem(error.message);
    throw error;
  }
}
