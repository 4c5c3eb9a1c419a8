// The values that a recipe's template works on, and how they print, count as true and compare: as the Rust crate
// `handlebars` 6.4.1 (of icp-cli 1.5.0) treats the JSON that a manifest's YAML becomes.

import { readPlainScalar } from '../plain-scalar.js';
import { TemplateProblem } from './template-problem.js';

/**
 * A value of a recipe's configuration. A `bigint` is a number written without a point or exponent, a `number` one
 * written with: `1` prints as `1`, `1.0` as `1.0`. Maps keep no order: their keys are visited sorted.
 */
export type RecipeValue = null | boolean | bigint | number | string | readonly RecipeValue[] | RecipeMap;

/** A map of a recipe's configuration. */
export type RecipeMap = ReadonlyMap<string, RecipeValue>;

/**
 * What a recipe's `configuration` says. Whoever reads it from YAML hands quoted text over as it is, and unquoted
 * scalars through {@link recipeScalar}, which tells the kinds of numbers apart. A key that is no text becomes its text
 * (`1: x` is `'1'`), save those of the configuration itself, which must be text.
 */
export type RecipeConfiguration = RecipeMap;

const LARGEST_INTEGER = 2n ** 64n - 1n;
const SMALLEST_INTEGER = -(2n ** 63n);

/** The value of an unquoted scalar of a manifest, given as it is written. */
export function recipeScalar(source: string): RecipeValue {
  const scalar = readPlainScalar(source);
  if (scalar.kind === 'null') return null;
  if (scalar.kind === 'boolean') return scalar.text === 'true';
  if (scalar.kind === 'string') return scalar.text;
  // JSON has no infinity and no NaN: they become null.
  if (/inf|nan/i.test(scalar.text)) return null;
  if (!/^[-+]?(?:0[xob]|\d+$)/.test(source)) return Number(scalar.text);
  const integer = BigInt(scalar.text);
  // What does not fit into 128 bits is read as if it had a point.
  return BigInt.asIntN(129, integer) === integer ? integer : Number(integer);
}

/** Whether an integer fits into the 64 bits that icp-cli has for it, signed or not. */
export function fitsInteger(value: bigint): boolean {
  return value >= SMALLEST_INTEGER && value <= LARGEST_INTEGER;
}

/** A number as JSON has it. @returns undefined when it is none */
export function jsonNumber(text: string): bigint | number | undefined {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text)) return undefined;
  if (/^-?\d+$/.test(text) && text !== '-0') {
    const integer = BigInt(text);
    if (fitsInteger(integer)) return integer;
  }
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

export function isRecipeMap(value: RecipeValue): value is RecipeMap {
  return value instanceof Map;
}

export function isRecipeList(value: RecipeValue): value is readonly RecipeValue[] {
  return Array.isArray(value);
}

/** The entries of a map in the order in which a template visits them. */
export function sortedEntries(map: RecipeMap): (readonly [string, RecipeValue])[] {
  return [...map].sort(([left], [right]) => compareText(left, right));
}

/** Whether `#if` takes its first branch. */
export function isTruthy(value: RecipeValue, zero: 'is-false' | 'is-true' = 'is-false'): boolean {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return zero === 'is-true' || value !== 0n;
  if (typeof value === 'number') {
    if (zero === 'is-true') return !Number.isNaN(value);
    // Subnormal numbers count as nothing there.
    return Number.isFinite(value) && Math.abs(value) >= 2 ** -1022;
  }
  if (typeof value === 'string') return value !== '';
  return isRecipeMap(value) ? value.size > 0 : value.length > 0;
}

/** The text of a value where a template puts it. @param spend is told of each piece, to end what grows too large */
export function shownValue(value: RecipeValue, spend: (characters: number) => void): string {
  if (value === null) return '';
  if (isRecipeMap(value)) return '[object]';
  if (isRecipeList(value)) {
    const items: string[] = [];
    for (const item of value) {
      const text = shownValue(item, spend);
      spend(text.length + 2);
      items.push(text);
    }
    return `[${items.join(', ')}]`;
  }
  return typeof value === 'number' ? decimalText(value) : String(value);
}

/** A floating-point number as Rust's JSON prints it: always with a point or an exponent. */
function decimalText(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  // Where the point stands, counted from before the first digit.
  const point = Number(exponent) + 1;
  if (value === 0) return `${sign}0.0`;
  if (point > 16 || point <= -5) {
    const fraction = digits.slice(1);
    return `${sign}${digits[0]}${fraction === '' ? '' : `.${fraction}`}e${point > 16 ? '+' : ''}${point - 1}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits.padEnd(point, '0')}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Whether two values are the same, an integer never being the same as a number with a point. */
export function equalValues(left: RecipeValue, right: RecipeValue, spend: (steps: number) => void): boolean {
  spend(1);
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object')
    return left === right;
  if (isRecipeMap(left)) {
    if (!isRecipeMap(right) || left.size !== right.size) return false;
    return [...left].every(([key, value]) => {
      const other = right.get(key);
      return other !== undefined && equalValues(value, other, spend);
    });
  }
  if (isRecipeMap(right) || left.length !== right.length) return false;
  return left.every((item, index) => equalValues(item, right[index] ?? null, spend));
}

/** Less than 0, 0 or more, or undefined when the two cannot be compared. */
export function compareValues(left: RecipeValue, right: RecipeValue): number | undefined {
  const isNumber = (value: RecipeValue): value is bigint | number =>
    typeof value === 'bigint' || typeof value === 'number';
  if (isNumber(left) && isNumber(right)) return compareOrdered(left, right);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (isNumber(left) && typeof right === 'string') return compareWithText(left, right);
  if (typeof left === 'string' && isNumber(right)) {
    const order = compareWithText(right, left);
    return order === undefined ? undefined : -order;
  }
  return undefined;
}

function compareWithText(value: bigint | number, text: string): number | undefined {
  const other = jsonNumber(text);
  return other === undefined ? undefined : compareOrdered(value, other);
}

function compareOrdered(left: bigint | number, right: bigint | number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By code points, as bytes of UTF-8 compare; JavaScript's own order is by halves of surrogate pairs. */
function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** The text that is quoted in a template, in JSON's form. @throws TemplateProblem */
export function jsonText(source: string, offset: number): string {
  try {
    return JSON.parse(source) as string;
  } catch {
    throw new TemplateProblem(`${source} is not a text that can be read`, offset);
  }
}
