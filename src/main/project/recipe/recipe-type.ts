// Which template a recipe names: a file, an address, or a recipe of a registry. As icp-cli 1.5.0 reads it.

import { SandpoolError } from '../../../bridge/errors.js';
import { quoted } from '../shown-text.js';
import { shownUrl } from '../shown-url.js';

/** A recipe's `type`, read. */
export type RecipeType =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  | {
      readonly kind: 'registry';
      readonly registry: string;
      readonly recipe: string;
      readonly version: string;
    };

/**
 * Reads `file://path`, `http://…`, `https://…` or `@registry/recipe@version`.
 * @throws SandpoolError RECIPE_INVALID
 */
export function parseRecipeType(text: string): RecipeType {
  if (text.startsWith('file://')) return { kind: 'file', path: text.slice('file://'.length) };
  if (/^https?:\/\//.test(text)) return { kind: 'url', url: text };
  if (!text.startsWith('@') || !text.includes('/')) {
    throw invalid(text, 'it must be file://path, http(s)://address or @registry/recipe@version');
  }
  const version = text.lastIndexOf('@');
  if (version === 0) throw invalid(text, 'its version is missing, as in @registry/recipe@version');
  const name = text.slice(1, version);
  const slash = name.indexOf('/');
  // icp-cli does not survive these two.
  if (slash === -1) throw invalid(text, 'its version must not have a slash');
  const registry = name.slice(0, slash);
  if (registry !== 'dfinity') {
    throw invalid(text, `there is no registry ${quoted(registry)}; the one there is is \`dfinity\``);
  }
  return { kind: 'registry', registry, recipe: name.slice(slash + 1), version: text.slice(version + 1) };
}

/** A recipe's `type` as messages show it: an address without what may be a secret. */
export function shownRecipe(type: string): string {
  return /^https?:/.test(type) ? shownUrl(type) : quoted(type);
}

function invalid(text: string, reason: string): SandpoolError {
  return new SandpoolError('RECIPE_INVALID', { recipe: shownRecipe(text), reason });
}
