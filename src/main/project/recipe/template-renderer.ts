// Renders a template: an interpreter, so that nothing of a template, which may come from anywhere, ever becomes code.
// What it may take is bounded: a template that grows without end ends with an error.

import {
  isRecipeList,
  isRecipeMap,
  isTruthy,
  type RecipeMap,
  type RecipeValue,
  shownValue,
  sortedEntries,
} from './recipe-value.js';
import type {
  Block,
  Decorator,
  Expression,
  Parameter,
  Partial,
  Template,
  TemplateElement,
} from './template-elements.js';
import { callValueHelper, given, VALUE_HELPERS } from './template-helpers.js';
import { TemplateOutput } from './template-output.js';
import { TemplateProblem } from './template-problem.js';
import { type BlockName, type Found, type Scope, Scopes, scopeOf } from './template-scope.js';

/** Elements rendered, rounds of loops and characters made on the way, together: a second or two at the most. */
const MOST_STEPS = 2_000_000;
/** Blocks and partials rendered within each other. */
const DEEPEST_RENDERING = 200;

const BLOCK_HELPERS: ReadonlySet<string> = new Set(['if', 'unless', 'each', 'with', 'raw', 'log']);
const LOG_LEVEL = /^(?:error|warn|info|debug|trace)$/i;

interface Call {
  readonly name: string;
  readonly parameters: readonly Found[];
  readonly named: ReadonlyMap<string, Found>;
  /** Undefined outside of a block. */
  readonly block: Block | undefined;
  readonly blockNames: readonly string[];
}

/** Renders `template` over `root`. @throws TemplateProblem */
export function renderTemplate(template: Template, root: RecipeMap): string {
  return new TemplateRenderer(root).render(template);
}

class TemplateRenderer {
  readonly #scopes: Scopes;
  readonly #output = new TemplateOutput();
  /** What `@partial-block` stands for, the innermost last. */
  readonly #partialBlocks: (string | undefined)[] = [];
  #steps = 0;
  #depth = 0;

  constructor(root: RecipeMap) {
    this.#scopes = new Scopes(root);
  }

  render(template: Template): string {
    this.#template(template);
    return this.#output.text();
  }

  readonly #spend = (steps: number): void => {
    this.#steps += steps;
    if (this.#steps > MOST_STEPS) throw new TemplateProblem('it takes too many steps to render');
  };

  #template({ elements }: Template): void {
    if (++this.#depth > DEEPEST_RENDERING) throw new TemplateProblem('its blocks and partials never end');
    for (const element of elements) {
      this.#spend(1);
      this.#element(element);
    }
    this.#depth--;
  }

  #element(element: TemplateElement): void {
    if (element.kind === 'comment') return;
    if (element.kind === 'text') {
      this.#output.write(element.text);
      return;
    }
    try {
      if (element.kind === 'value') this.#value(element.expression);
      else if (element.kind === 'block') this.#block(element);
      else if (element.kind === 'partial') this.#partial(element);
      else this.#decorator(element);
    } catch (error) {
      if (!(error instanceof TemplateProblem) || error.offset !== undefined) throw error;
      throw new TemplateProblem(error.message, element.offset);
    }
  }

  #value(expression: Expression): void {
    const name = this.#nameOf(expression.name);
    const isPlain = expression.parameters.length === 0 && expression.named.size === 0;
    if (!isPlain || isHelper(name)) {
      this.#output.indenting(this.#output.state.indentNext, () => this.#call(this.#callOf(expression)));
      return;
    }
    const found = this.#found(expression.name);
    if (found.missing) throw notSet(found);
    this.#output.write(this.#shown(found.value));
  }

  #block(block: Block): void {
    const { state } = this.#output;
    const indents = state.indentNext || (block.standsAlone && state.endedLine);
    const call = this.#callOf(block.expression, block);
    this.#output.indenting(indents, () => this.#call(call));
  }

  #callOf({ name, parameters, named, blockNames }: Expression, block?: Block): Call {
    return {
      name: this.#nameOf(name),
      parameters: parameters.map((parameter) => this.#found(parameter)),
      named: new Map([...named].map(([key, parameter]) => [key, this.#found(parameter)])),
      block,
      blockNames,
    };
  }

  /** Calls a helper for what it writes. */
  #call(call: Call): void {
    const { name, parameters, block } = call;
    const result = callValueHelper(name, parameters, this.#spend);
    if (result !== undefined) {
      if (result.form === 'value') this.#output.write(this.#shown(result.value));
      else if (result.form === 'text' || block === undefined)
        this.#output.writeAsIs(this.#shown(result.value));
      else this.#branch(block, result.value === true);
      return;
    }
    switch (name) {
      case 'if':
      case 'unless':
        this.#condition(call);
        break;
      case 'each':
        this.#each(call);
        break;
      case 'with':
        this.#with(call);
        break;
      case 'raw':
        this.#branch(block, true);
        break;
      case 'log':
        checkLog(call);
        break;
      default:
        throw new TemplateProblem(`there is no helper named \`${name}\``);
    }
  }

  #branch(block: Block | undefined, taken: boolean): void {
    const template = taken ? block?.body : block?.inverse;
    if (template !== undefined) this.#template(template);
  }

  #condition({ name, parameters, named, block }: Call): void {
    const { value } = given(name, parameters, 0);
    const zero = named.get('includeZero')?.value === true ? 'is-true' : 'is-false';
    this.#branch(block, isTruthy(value, zero) === (name === 'if'));
  }

  #each({ name, parameters, block, blockNames }: Call): void {
    const found = given(name, parameters, 0);
    if (block === undefined) return;
    const entries = entriesOf(found.value);
    if (entries === undefined || (entries.length === 0 && block.inverse !== undefined)) {
      if (block.inverse === undefined) throw notSet(found);
      this.#branch(block, false);
      return;
    }
    // Each round counts, be there nothing to render in it.
    this.#spend(entries.length);
    const scope = scopeOf(found);
    const of = found.place;
    this.#scopes.within(scope, () => {
      for (const [index, [key, value]] of entries.entries()) {
        scope.variables.set('first', index === 0);
        scope.variables.set('last', index === entries.length - 1);
        scope.variables.set('index', BigInt(index));
        if (typeof key === 'string') scope.variables.set('key', key);
        if (of === undefined) scope.value = value;
        else scope.place = [...of, String(key)];
        scope.names = blockNamesOf(blockNames, of === undefined ? { value } : 'the-block-itself', key);
        this.#template(block.body);
      }
    });
  }

  #with({ name, parameters, block, blockNames }: Call): void {
    const found = given(name, parameters, 0);
    if (!isTruthy(found.value)) {
      if (block?.inverse === undefined) throw notSet(found);
      this.#branch(block, false);
      return;
    }
    const scope = scopeOf(found);
    if (blockNames.length === 1) {
      scope.names = blockNamesOf(
        blockNames,
        found.place === undefined ? { value: found.value } : 'the-block-itself',
      );
    }
    this.#scopes.within(scope, () => this.#branch(block, true));
  }

  #decorator({ expression, body }: Decorator): void {
    const { name, parameters } = this.#callOf(expression);
    if (name !== 'inline') throw new TemplateProblem(`there is no decorator named \`${name}\``);
    const { value } = given('inline', parameters, 0);
    if (typeof value !== 'string') throw new TemplateProblem('`inline` needs a text for a name');
    if (body === undefined) throw new TemplateProblem('`inline` needs a block');
    this.#scopes.innermost.partials.set(value, body);
  }

  #partial(partial: Partial): void {
    const { state } = this.#output;
    const call = this.#callOf(partial.expression);
    const indent = (state.indent ?? '') + (partial.indent ?? '');
    const ownIndent = state.indent === undefined && partial.indent === undefined ? undefined : indent;
    const indents = partial.standsAlone && (state.endedLine || partial.indent !== undefined);
    this.#output.indenting(indents, () => {
      if (call.name === '@partial-block') this.#partialBlock(partial);
      else this.#include(partial, call, ownIndent);
    });
  }

  #partialBlock({ body }: Partial): void {
    const content = this.#partialBlocks.at(-1);
    if (content !== undefined) {
      this.#output.writeAsIs(content);
      return;
    }
    if (body === undefined) throw new TemplateProblem('there is no block for `@partial-block` here');
    const { indent } = this.#output.state;
    this.#template(body);
    this.#output.state.indent = indent;
  }

  #include({ body }: Partial, { name, parameters, named }: Call, ownIndent: string | undefined): void {
    const { state } = this.#output;
    const known = this.#scopes.partial(name);
    const template = known ?? body;
    if (template === undefined) throw new TemplateProblem(`there is no partial named \`${name}\``);
    const about = (parameters[0] ?? this.#scopes.current()).value;
    const values = new Map([...named].map(([key, { value }]) => [key, value]));
    const scope: Scope = scopeOf({ value: this.#merged(about, values) });
    scope.names = new Map([...values].map(([key, value]) => [key, { value }]));
    this.#scopes.within(scope, () => {
      const block =
        known !== undefined && body !== undefined
          ? this.#output.aside(() => this.#template(body))
          : undefined;
      this.#partialBlocks.push(block);
      const { indent } = state;
      state.indent = ownIndent;
      this.#template(template);
      state.indent = indent;
      this.#partialBlocks.pop();
    });
  }

  /** What a partial is about: with the values it is given by name. */
  #merged(about: RecipeValue, values: RecipeMap): RecipeValue {
    if (values.size === 0) return about;
    const entries = entriesOf(typeof about === 'string' ? [...about] : about) ?? [];
    this.#spend(entries.length);
    return new Map([...entries.map(([key, value]) => [String(key), value] as const), ...values]);
  }

  /** The value of a parameter. */
  #found(parameter: Parameter): Found {
    switch (parameter.kind) {
      case 'literal':
        return { value: parameter.value };
      case 'path':
        return this.#scopes.find(parameter);
      case 'name':
        return { value: null, missing: true, path: parameter.name };
      case 'call':
        return this.#result(this.#callOf(parameter.call));
    }
  }

  /** What a call in parentheses gives. */
  #result(call: Call): Found {
    const result = callValueHelper(call.name, call.parameters, this.#spend);
    if (result !== undefined) return { value: result.value };
    return { value: this.#output.aside(() => this.#call(call)) };
  }

  #nameOf(name: Parameter): string {
    if (name.kind === 'name') return name.name;
    return name.kind === 'path' ? name.text : this.#shown(this.#found(name).value);
  }

  #shown(value: RecipeValue): string {
    return shownValue(value, this.#spend);
  }
}

function isHelper(name: string): boolean {
  return BLOCK_HELPERS.has(name) || VALUE_HELPERS.has(name);
}

function entriesOf(value: RecipeValue): (readonly [string | bigint, RecipeValue])[] | undefined {
  if (isRecipeList(value)) return value.map((item, index) => [BigInt(index), item]);
  return isRecipeMap(value) ? sortedEntries(value) : undefined;
}

/** `as |name|` or `as |name key|`. */
function blockNamesOf(
  [name, key]: readonly string[],
  value: BlockName,
  keyValue?: RecipeValue,
): ReadonlyMap<string, BlockName> {
  const names = new Map<string, BlockName>();
  if (name !== undefined) names.set(name, value);
  if (key !== undefined && keyValue !== undefined) names.set(key, { value: keyValue });
  return names;
}

function checkLog({ named }: Call): void {
  const level = named.get('level')?.value;
  if (typeof level === 'string' && !LOG_LEVEL.test(level))
    throw new TemplateProblem(`\`${level}\` is no level to log at`);
}

function notSet({ path }: Found): TemplateProblem {
  return new TemplateProblem(path === undefined ? 'a value is not set' : `\`${path}\` is not set`);
}
