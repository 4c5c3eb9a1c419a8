// The steps of canisters that take them from a recipe. Each recipe is fetched once, however many canisters use it, and
// rendered for each; recipes of canisters that are not wanted are left alone.

import { SandpoolError } from '../../bridge/errors.js';
import { type ManifestValue, parseManifest, type SourcePosition } from '../project/manifest-document.js';
import { readSyncSteps } from '../project/plugin-step.js';
import type { Canister, Project, RecipeReference, SyncStep } from '../project/project-model.js';
import type { FetchedRecipe } from '../project/recipe/fetch-recipe.js';
import { shownRecipe } from '../project/recipe/recipe-type.js';
import type { FetchRules } from './fetch-plugins.js';

/**
 * `project` with the recipes of `wanted`, canisters of it, rendered to steps.
 * @throws SandpoolError RECIPE_INVALID, MANIFEST_INVALID; DOWNLOAD_FAILED, DOWNLOAD_REFUSED, DOWNLOAD_TOO_LARGE,
 * DOWNLOAD_HASH_MISMATCH; all with the place where the recipe is asked for
 */
export async function renderRecipes(
  project: Project,
  wanted: readonly Canister[],
  rules: FetchRules,
): Promise<Project> {
  const withRecipe = wanted.flatMap((canister) =>
    canister.sync.kind === 'recipe' ? [{ canister, recipe: canister.sync.recipe }] : [],
  );
  if (withRecipe.length === 0) return project;
  const kitchen = new Kitchen(project.root, rules);
  const rendered = await Promise.all(
    withRecipe.map(async ({ canister, recipe }): Promise<Canister> => {
      const steps = await kitchen.stepsOf(canister, recipe);
      return { ...canister, sync: { kind: 'steps', steps } };
    }),
  );
  const canisters = new Map(project.canisters);
  for (const canister of rendered) canisters.set(canister.name, canister);
  return { ...project, canisters };
}

class Kitchen {
  readonly #root: string;
  readonly #rules: FetchRules;
  /** By type and hash. */
  readonly #fetched = new Map<string, Promise<FetchedRecipe>>();

  constructor(root: string, rules: FetchRules) {
    this.#root = root;
    this.#rules = rules;
  }

  async stepsOf(canister: Canister, recipe: RecipeReference): Promise<readonly SyncStep[]> {
    try {
      const [{ template, rendered }, { renderRecipe }] = await Promise.all([
        this.#fetch(recipe),
        import('../project/recipe/render-recipe.js'),
      ]);
      const { type, configuration } = recipe;
      // The recipe knows the canister by the name that its own manifest has for it.
      const canisterName = canister.name.slice(canister.name.lastIndexOf(':') + 1);
      const text = renderRecipe(template, { recipe: type, configuration, canisterName });
      const steps = stepsIn(parseManifest(text, `recipe ${shownRecipe(type)}`));
      await rendered();
      return steps;
    } catch (error) {
      throw withPlace(SandpoolError.from(error), recipe.position);
    }
  }

  #fetch({ type, sha256 }: RecipeReference): Promise<FetchedRecipe> {
    const key = JSON.stringify([type, sha256]);
    const known = this.#fetched.get(key);
    if (known !== undefined) return known;
    const fetching = this.#fetchAnew(type, sha256);
    this.#fetched.set(key, fetching);
    return fetching;
  }

  async #fetchAnew(type: string, sha256: string | undefined): Promise<FetchedRecipe> {
    const [{ DownloadCache }, { fetchRecipe }] = await Promise.all([
      import('../download/download-cache.js'),
      import('../project/recipe/fetch-recipe.js'),
    ]);
    const { cacheFolder, addresses, signal } = this.#rules;
    const cache = new DownloadCache({ folder: cacheFolder });
    return fetchRecipe({ type, sha256 }, { projectFolder: this.#root, cache, addresses, signal });
  }
}

/** What a recipe renders to: how to build, which is not ours, and how to sync. */
function stepsIn(rendered: ManifestValue): readonly SyncStep[] {
  const { build, sync } = rendered.record('what a recipe renders to', ['build', 'sync'], 'ignore');
  if (build === undefined) throw rendered.problem('what a recipe renders to must have a `build` section');
  return sync === undefined ? [] : readSyncSteps(sync);
}

/** Says where the recipe was asked for, beside what its own error says. */
function withPlace(error: SandpoolError, { file, line, column }: SourcePosition): SandpoolError {
  const from = `(asked for at ${file}:${line}:${column})`;
  for (const detail of ['reason', 'problem']) {
    const text = error.details[detail];
    if (text === undefined) continue;
    const details = { ...error.details, [detail]: `${text} ${from}` };
    return new SandpoolError(error.code, details, { cause: error.cause });
  }
  return error;
}
