// From a recipe's template to the text of its build and sync steps. Templates come from the network: what one can do
// is read its configuration and write a bounded text, or end with an error.

import { SandpoolError } from '../../../bridge/errors.js';
import { shownRecipe } from './recipe-type.js';
import type { RecipeConfiguration } from './recipe-value.js';
import { readTemplate } from './template-builder.js';
import { located, TemplateProblem } from './template-problem.js';
import { renderTemplate } from './template-renderer.js';

/** What a recipe is rendered for. */
export interface RecipeContext {
  /** The recipe's type, as written: what to call it in messages. */
  readonly recipe: string;
  readonly configuration: RecipeConfiguration;
  /** What `_.canister.name` is. */
  readonly canisterName: string;
}

/**
 * Renders `template` as icp-cli does: strict about what is not set, without escaping, with its `replace` and with `_`,
 * which no configuration can override.
 * @returns YAML of `build` and `sync`, at most 1 MiB
 * @throws SandpoolError RECIPE_INVALID, its `reason` with the line and column of the template
 *
 * @example
 * ```ts
 * renderRecipe('name: {{replace "-" "_" _.canister.name}}', {
 *   recipe: 'file://r.hbs', configuration: new Map(), canisterName: 'my-shop',
 * }); // 'name: my_shop'
 * ```
 */
export function renderRecipe(
  template: string,
  { recipe, configuration, canisterName }: RecipeContext,
): string {
  const root = new Map(configuration).set('_', new Map([['canister', new Map([['name', canisterName]])]]));
  try {
    return renderTemplate(readTemplate(template), root);
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    throw new SandpoolError('RECIPE_INVALID', {
      recipe: shownRecipe(recipe),
      reason: located(template, error),
    });
  }
}
