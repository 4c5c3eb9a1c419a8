// The helpers a recipe may call that give a value: icp-cli's `replace` and those built into the Rust crate
// `handlebars` 6.4.1. Those that render blocks are in template-renderer.ts.

import {
  compareValues,
  equalValues,
  isRecipeList,
  isRecipeMap,
  isTruthy,
  type RecipeValue,
  shownValue,
} from './recipe-value.js';
import { TemplateProblem } from './template-problem.js';
import type { Found } from './template-scope.js';

/** Is told of steps and characters, and ends what takes too many. */
export type Spend = (amount: number) => void;

/** What a helper gives, and whether it may open a block that depends on it. */
export interface HelperValue {
  readonly value: RecipeValue;
  readonly form: 'condition' | 'value' | 'text';
}

type Comparison = (left: RecipeValue, right: RecipeValue, spend: Spend) => boolean;

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['eq', equalValues],
  ['ne', (left, right, spend) => !equalValues(left, right, spend)],
  ['gt', (left, right) => (compareValues(left, right) ?? 0) > 0],
  ['gte', (left, right) => (compareValues(left, right) ?? -1) >= 0],
  ['lt', (left, right) => (compareValues(left, right) ?? 0) < 0],
  ['lte', (left, right) => (compareValues(left, right) ?? 1) <= 0],
]);

/** The names that {@link callValueHelper} answers to. */
export const VALUE_HELPERS: ReadonlySet<string> = new Set([
  ...COMPARISONS.keys(),
  'and',
  'or',
  'not',
  'len',
  'lookup',
  'replace',
]);

/** @returns undefined when there is no such helper. @throws TemplateProblem when it cannot do with its parameters */
export function callValueHelper(
  name: string,
  parameters: readonly Found[],
  spend: Spend,
): HelperValue | undefined {
  const compare = COMPARISONS.get(name);
  if (compare !== undefined) {
    const [left, right] = [present(name, parameters, 0), present(name, parameters, 1)];
    return { value: compare(left, right, spend), form: 'condition' };
  }
  switch (name) {
    case 'and':
      return { value: parameters.every(({ value }) => isTruthy(value)), form: 'condition' };
    case 'or':
      return { value: parameters.some(({ value }) => isTruthy(value)), form: 'condition' };
    case 'not':
      return { value: !isTruthy(present(name, parameters, 0)), form: 'condition' };
    case 'len':
      return { value: BigInt(lengthOf(present(name, parameters, 0))), form: 'value' };
    case 'lookup':
      return { value: lookUp(given(name, parameters, 0), given(name, parameters, 1)), form: 'value' };
    case 'replace':
      return { value: replaced(parameters, spend), form: 'text' };
    default:
      return undefined;
  }
}

/** A parameter that must be there, and not be something that does not exist. */
function present(helper: string, parameters: readonly Found[], index: number): RecipeValue {
  const parameter = parameters[index];
  if (parameter !== undefined && !parameter.missing) return parameter.value;
  throw new TemplateProblem(
    parameter?.path === undefined
      ? `\`${helper}\` needs at least ${index + 1} ${index === 0 ? 'parameter' : 'parameters'}`
      : `\`${parameter.path}\`, given to \`${helper}\`, is not set`,
  );
}

/** A parameter that must be there. */
export function given(helper: string, parameters: readonly Found[], index: number): Found {
  const parameter = parameters[index];
  if (parameter === undefined) {
    throw new TemplateProblem(
      `\`${helper}\` needs at least ${index + 1} ${index === 0 ? 'parameter' : 'parameters'}`,
    );
  }
  return parameter;
}

function lengthOf(value: RecipeValue): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value === null || typeof value !== 'object') return 0;
  return isRecipeMap(value) ? value.size : value.length;
}

function lookUp({ value: collection }: Found, { value: key, path }: Found): RecipeValue {
  let value: RecipeValue | undefined;
  if (isRecipeList(collection)) {
    if (typeof key === 'bigint' && key >= 0n) value = collection[Number(key)];
  } else if (isRecipeMap(collection) && typeof key === 'string') {
    value = collection.get(key);
  }
  if (value !== undefined) return value;
  throw new TemplateProblem(`\`lookup\` finds nothing${path === undefined ? '' : ` for \`${path}\``}`);
}

function replaced(parameters: readonly Found[], spend: Spend): string {
  const [from = '', to = '', text = ''] = [0, 1, 2].map((index) =>
    shownValue(given('replace', parameters, index).value, spend),
  );
  // An empty text is found between all characters, not between the halves of one.
  const parts = from === '' ? ['', ...text, ''] : text.split(from);
  spend(text.length + (parts.length - 1) * to.length);
  return parts.join(to);
}
