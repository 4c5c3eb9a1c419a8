// Reads a recipe's configuration from YAML, as icp-cli's reader hands it to the template.

import { type Document, isAlias, isMap, isScalar, isSeq, type Node, Scalar } from 'yaml';
import { SandpoolError } from '../../../bridge/errors.js';
import { quoted } from '../shown-text.js';
import { shownRecipe } from './recipe-type.js';
import {
  fitsInteger,
  type RecipeConfiguration,
  type RecipeValue,
  recipeScalar,
  shownValue,
} from './recipe-value.js';

/**
 * Reads the map at `node`. What an alias stands for is read once, however often it is used.
 * @param document parsed with the schema `failsafe`, so that scalars are as they were written
 * @param recipe what to call it in messages
 * @throws SandpoolError RECIPE_INVALID
 */
export function readRecipeConfiguration(node: Node, document: Document, recipe: string): RecipeConfiguration {
  const value = new ConfigurationReader(document, recipe).read(node);
  if (value === null) return new Map();
  if (value instanceof Map) return value;
  throw new SandpoolError('RECIPE_INVALID', {
    recipe: shownRecipe(recipe),
    reason: 'its configuration must be a map',
  });
}

class ConfigurationReader {
  readonly #document: Document;
  readonly #recipe: string;
  /** What has been read; undefined while it is being read. */
  readonly #known = new Map<Node, RecipeValue | undefined>();

  constructor(document: Document, recipe: string) {
    this.#document = document;
    this.#recipe = recipe;
  }

  read(node: Node): RecipeValue {
    const target = isAlias(node) ? node.resolve(this.#document) : node;
    if (target === undefined) throw this.#problem('its configuration has an alias without an anchor');
    const known = this.#known.get(target);
    if (known !== undefined) return known;
    if (this.#known.has(target)) throw this.#problem('its configuration contains itself');
    this.#known.set(target, undefined);
    const value = this.#fresh(target);
    this.#known.set(target, value);
    return value;
  }

  #fresh(node: Node): RecipeValue {
    const { tag } = node as { tag?: string };
    if (tag !== undefined && !/^(?:!|tag:yaml\.org,2002:(?:str|map|seq))$/.test(tag)) {
      throw this.#problem(`its configuration has the tag ${quoted(tag)}, which is not supported`);
    }
    if (isScalar(node)) {
      const value = scalarValue(node, tag);
      if (typeof value !== 'bigint' || fitsInteger(value)) return value;
      throw this.#problem(`its configuration has the number ${value}, which does not fit into 64 bits`);
    }
    if (isSeq(node)) return node.items.map((item) => this.read(item as Node));
    if (!isMap(node)) return null;
    const map = new Map<string, RecipeValue>();
    for (const { key, value } of node.items) {
      map.set(this.#key(key as Node), value === null ? null : this.read(value as Node));
    }
    return map;
  }

  #key(node: Node): string {
    const value = this.read(node);
    if (value !== null && typeof value !== 'object') return shownValue(value, () => undefined);
    throw this.#problem('its configuration has a key that is no text');
  }

  #problem(reason: string): SandpoolError {
    return new SandpoolError('RECIPE_INVALID', { recipe: shownRecipe(this.#recipe), reason });
  }
}

function scalarValue(node: Scalar, tag: string | undefined): RecipeValue {
  if (node.type !== Scalar.PLAIN || tag !== undefined) return String(node.value ?? '');
  return recipeScalar(node.source ?? String(node.value ?? ''));
}
