// What icp-cli 1.5.0 made of some hundred templates: `icp --debug project show` logs the text a recipe renders to.
// test/e2e/recipes.test.ts checks that the real binary still does.

import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { readRecipeConfiguration } from '#src/main/project/recipe/configuration-reader.js';
import { renderRecipe } from '#src/main/project/recipe/render-recipe.js';

/** A template, what it was given, and what became of it. */
export interface RecordedRendering {
  readonly template: string;
  /** YAML. */
  readonly configuration: string;
  readonly canister: string;
  /** Absent when it was refused. */
  readonly rendered?: string;
  /** The last line of the error. */
  readonly refused?: string;
}

export const RECORDED_RENDERINGS: readonly RecordedRendering[] = JSON.parse(
  readFileSync(new URL('../recorded-renderings.json', import.meta.url), 'utf8'),
);

/** Renders a template with a configuration in YAML. */
export function renderWith(template: string, configuration: string, canisterName = 'c'): string {
  const document = parseDocument(configuration, { schema: 'failsafe' });
  return renderRecipe(template, {
    recipe: 'file://r.hbs',
    configuration:
      document.contents === null
        ? new Map()
        : readRecipeConfiguration(document.contents, document, 'file://r.hbs'),
    canisterName,
  });
}
