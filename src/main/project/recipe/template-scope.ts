// Where a template's paths lead: the blocks that are open, what each of them is about, its names and variables. As in
// the Rust crate `handlebars` 6.4.1: a block is about a place in the configuration where it can be, else about a value.

import { isRecipeList, isRecipeMap, type RecipeValue } from './recipe-value.js';
import type { Parameter, PathStep, Template } from './template-elements.js';
import { TemplateProblem } from './template-problem.js';

/** A value, and where it is in the configuration when it is there. `missing` is no value: it reads as null. */
export interface Found {
  readonly value: RecipeValue;
  readonly place?: readonly string[];
  readonly missing?: true;
  /** As written, where it was a path. */
  readonly path?: string;
}

/** A name given with `as |name|`, or by a partial: a place relative to the block, or a value. */
export type BlockName = 'the-block-itself' | { readonly value: RecipeValue };

/** One open block. */
export interface Scope {
  place: readonly string[];
  /** What the block is about, when that is no place. */
  value?: RecipeValue;
  readonly variables: Map<string, RecipeValue>;
  names: ReadonlyMap<string, BlockName>;
  readonly partials: Map<string, Template>;
}

/** A block about what `found` is. */
export function scopeOf(found: Found): Scope {
  const scope = { variables: new Map(), names: new Map(), partials: new Map() };
  return found.place === undefined
    ? { ...scope, place: [], value: found.value }
    : { ...scope, place: found.place };
}

/** The open blocks, the innermost first. */
export class Scopes {
  readonly #root: RecipeValue;
  readonly #open: Scope[];

  constructor(root: RecipeValue) {
    this.#root = root;
    this.#open = [scopeOf({ value: root, place: [] })];
  }

  get innermost(): Scope {
    return this.#open[0] as Scope;
  }

  /** Runs `work` with `scope` as the innermost block. */
  within(scope: Scope, work: () => void): void {
    this.#open.unshift(scope);
    work();
    this.#open.shift();
  }

  partial(name: string): Template | undefined {
    return this.#open.find(({ partials }) => partials.has(name))?.partials.get(name);
  }

  /** What a path leads to. @throws TemplateProblem when it names an entry of a list by anything but a number */
  find({ text, steps }: Extract<Parameter, { kind: 'path' }>): Found {
    if (steps[0]?.kind !== 'local') return { ...this.#navigate(steps), path: text };
    const levels = steps.slice(1).findIndex(({ kind }) => kind !== 'up');
    const name = steps[levels + 1];
    // A variable is a name by itself: `@index`, `@../index`.
    if (levels === -1 || name?.kind !== 'key') return { ...this.#navigate(steps), path: text };
    const value = this.#open[levels]?.variables.get(name.name);
    return value === undefined ? { value: null, missing: true, path: text } : { value, path: text };
  }

  /** What the innermost block is about. */
  current(): Found {
    return this.#navigate([]);
  }

  #navigate(steps: readonly PathStep[]): Found {
    const up = countUp(steps);
    const first = steps[up];
    const keys = steps.flatMap((step) => (step.kind === 'key' ? [step.name] : []));
    if (first?.kind === 'key') {
      const named = this.#open.find(({ names }) => names.has(first.name));
      const name = named?.names.get(first.name);
      if (name === 'the-block-itself') return this.#atPlace([...(named as Scope).place, ...keys.slice(1)]);
      if (name !== undefined) return within(name.value, keys.slice(1));
    }
    if (first?.kind === 'root' && up === 0) return this.#atPlace(keys);
    const block = this.#open[up] ?? this.innermost;
    if (block.value !== undefined) return within(block.value, keys);
    return this.#atPlace([...block.place, ...keys]);
  }

  #atPlace(place: readonly string[]): Found {
    const found = within(this.#root, place);
    return found.missing ? found : { ...found, place };
  }
}

function countUp(steps: readonly PathStep[]): number {
  const other = steps.findIndex(({ kind }) => kind !== 'up');
  return other === -1 ? steps.length : other;
}

function within(start: RecipeValue, keys: readonly string[]): Found {
  let value: RecipeValue | undefined = start;
  for (const key of keys) {
    if (value === undefined) break;
    if (isRecipeList(value)) {
      if (!/^\+?\d+$/.test(key)) {
        throw new TemplateProblem(`\`${key}\` is no number, as the entries of a list have`);
      }
      value = value[Number(key)];
    } else {
      value = isRecipeMap(value) ? value.get(key) : undefined;
    }
  }
  return value === undefined ? { value: null, missing: true } : { value };
}
