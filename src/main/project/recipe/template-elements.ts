// What a template consists of, once read. Plain data.

import type { RecipeValue } from './recipe-value.js';

/** A step of a path: a key, the root, a level up, or the mark of a variable such as `@index`. */
export type PathStep =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'root' | 'up' | 'local' };

/** What stands for a value, or names a helper. */
export type Parameter =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'path'; readonly text: string; readonly steps: readonly PathStep[] }
  | { readonly kind: 'literal'; readonly value: RecipeValue }
  | { readonly kind: 'call'; readonly call: Expression };

/** A name with what follows it: `name`, `helper a b key=c as |x y|`. */
export interface Expression {
  readonly name: Parameter;
  readonly parameters: readonly Parameter[];
  readonly named: ReadonlyMap<string, Parameter>;
  readonly blockNames: readonly string[];
  /** `~` before and after. */
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
}

/** A run of elements. */
export interface Template {
  readonly elements: TemplateElement[];
}

/** A helper's block; `inverse` is what stands behind `else`. */
export interface Block {
  readonly kind: 'block';
  readonly offset: number;
  readonly expression: Expression;
  readonly body: Template;
  readonly inverse: Template | undefined;
  /** Whether it stands on a line of its own: what it writes is indented as its tag is. */
  readonly standsAlone: boolean;
}

/** `{{> name}}` or `{{#> name}}…{{/name}}`. */
export interface Partial {
  readonly kind: 'partial';
  readonly offset: number;
  readonly expression: Expression;
  readonly body: Template | undefined;
  readonly indent: string | undefined;
  readonly standsAlone: boolean;
}

/** `{{* name}}` or `{{#* name}}…{{/name}}`, such as `inline`. */
export interface Decorator {
  readonly kind: 'decorator';
  readonly offset: number;
  readonly expression: Expression;
  readonly body: Template | undefined;
}

export type TemplateElement =
  | { readonly kind: 'text'; text: string }
  | { readonly kind: 'comment' }
  | { readonly kind: 'value'; readonly offset: number; readonly expression: Expression }
  | Block
  | Partial
  | Decorator;
