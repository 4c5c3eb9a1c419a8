// Reads what stands between the braces of a template: names, paths, literals, calls. The grammar is that of the Rust
// crate `handlebars` 6.4.1, alternative by alternative: what it refuses is refused here.

import { jsonNumber, jsonText, type RecipeValue } from './recipe-value.js';
import type { Expression, Parameter, PathStep } from './template-elements.js';
import { TemplateProblem } from './template-problem.js';

const SYMBOL = String.raw`[A-Za-z0-9_$:\u{80}-\u{10ffff}\-]`;
const NO_SYMBOL = `(?!${SYMBOL})`;
const SPACE = /[ \t\r\n]*/uy;
const IDENTIFIER = new RegExp(`${SYMBOL}+`, 'uy');
const PARTIAL_NAME = /[A-Za-z0-9_@/.\u{80}-\u{10ffff}-]+|'[^']+'/uy;
/** `as` and `else` are keywords unless a name goes on behind them, be it after a space. */
const KEYWORD = new RegExp(String.raw`(?:as|else)(?![ \t\r\n]*${SYMBOL})`, 'uy');
const NUMBER = new RegExp(String.raw`-?[0-9]+\.?[0-9]*(?:E-?[0-9]+)?${NO_SYMBOL}`, 'uy');
const WORD = new RegExp(`(?:null|true|false)${NO_SYMBOL}`, 'uy');
const DOUBLE_QUOTED = /"(?:[^"\\]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"/uy;
const SINGLE_QUOTED = /'(?:[^'\\]|\\['\\/bfnrt]|\\u[0-9a-fA-F]{4})*'/uy;

/** How deep calls, lists and blocks may be nested in each other. */
const DEEPEST_NESTING = 100;

/** A cursor over a template. Methods return undefined, and stay where they were, when the thing is not there. */
export class ExpressionReader {
  readonly source: string;
  at = 0;
  #furthest = 0;
  #depth = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** The complaint about the furthest place that was reached. */
  syntaxProblem(): TemplateProblem {
    const rest = this.source.slice(this.#furthest, this.#furthest + 20).split('\n', 1)[0];
    const found = this.#furthest >= this.source.length ? 'the end of the template' : JSON.stringify(rest);
    return new TemplateProblem(`it is not well-formed: ${found} is not expected here`, this.#furthest);
  }

  /** Runs `read` one level deeper. @throws TemplateProblem when that is too deep */
  deeper<Result>(read: () => Result): Result {
    if (++this.#depth > DEEPEST_NESTING) {
      throw new TemplateProblem(`it is nested more than ${DEEPEST_NESTING} levels deep`, this.at);
    }
    const result = read();
    this.#depth--;
    return result;
  }

  /** Goes back when `read` comes to nothing. */
  attempt<Result>(read: () => Result | undefined): Result | undefined {
    const from = this.at;
    const result = read();
    if (result === undefined) this.at = from;
    return result;
  }

  /** What `pattern` (sticky) matches here, exactly. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const matched = pattern.exec(this.source)?.[0];
    if (matched === undefined) {
      this.#furthest = Math.max(this.#furthest, this.at);
      return undefined;
    }
    this.at += matched.length;
    return matched;
  }

  /** Whether `text` stands here, after any space; steps over it. */
  token(text: string): boolean {
    const from = this.at;
    this.space();
    if (this.literally(text)) return true;
    this.at = from;
    return false;
  }

  /** Whether `text` stands exactly here; steps over it. */
  literally(text: string): boolean {
    if (this.source.startsWith(text, this.at)) {
      this.at += text.length;
      return true;
    }
    this.#furthest = Math.max(this.#furthest, this.at);
    return false;
  }

  space(): void {
    this.match(SPACE);
  }

  /** A plain name, after any space. */
  identifier(): string | undefined {
    return this.attempt(() => {
      this.space();
      return this.match(IDENTIFIER);
    });
  }

  /** `identifier` with at least one parameter, or else a path or a call by itself. */
  callOrName(): Pick<Expression, 'name' | 'parameters' | 'named'> | undefined {
    const call = this.attempt(() => {
      const name = this.identifier();
      if (name === undefined) return undefined;
      const rest = this.parameters();
      return rest.count === 0 ? undefined : { name: { kind: 'name', name } as const, ...rest };
    });
    if (call !== undefined) return call;
    const name = this.name();
    return name === undefined ? undefined : { name, parameters: [], named: new Map() };
  }

  /** What opens a block: a plain name, parameters, `as |names|`. */
  line(): Pick<Expression, 'name' | 'parameters' | 'named' | 'blockNames'> | undefined {
    return this.attempt(() => {
      const name = this.identifier();
      if (name === undefined) return undefined;
      const { parameters, named } = this.parameters();
      return { name: { kind: 'name', name }, parameters, named, blockNames: this.#blockNames() ?? [] };
    });
  }

  /** A name as partials have it, after any space. */
  partialName(): string | undefined {
    return this.attempt(() => {
      this.space();
      return this.match(PARTIAL_NAME);
    });
  }

  /** What names a partial, with its parameters. */
  partialLine(): Pick<Expression, 'name' | 'parameters' | 'named'> | undefined {
    return this.attempt(() => {
      const plain = this.partialName();
      const name = plain === undefined ? this.name() : ({ kind: 'name', name: plain } as const);
      return name === undefined ? undefined : { name, ...this.parameters() };
    });
  }

  /** A path, or a call in parentheses. */
  name(): Parameter | undefined {
    return this.attempt(() => {
      this.space();
      return this.#call() ?? this.#path();
    });
  }

  parameters(): { parameters: Parameter[]; named: Map<string, Parameter>; count: number } {
    const parameters: Parameter[] = [];
    const named = new Map<string, Parameter>();
    let count = 0;
    for (;;) {
      const pair = this.#pair();
      if (pair !== undefined) {
        named.set(...pair);
      } else {
        const parameter = this.#parameter();
        if (parameter === undefined) return { parameters, named, count };
        parameters.push(parameter);
      }
      count++;
    }
  }

  #pair(): [string, Parameter] | undefined {
    return this.attempt(() => {
      const key = this.identifier();
      if (key === undefined || !this.token('=')) return undefined;
      const value = this.#parameter();
      return value === undefined ? undefined : ([key, value] as [string, Parameter]);
    });
  }

  #parameter(): Parameter | undefined {
    return this.attempt(() => {
      this.space();
      KEYWORD.lastIndex = this.at;
      if (KEYWORD.test(this.source)) return undefined;
      const literal = this.#literal();
      if (literal !== undefined) return { kind: 'literal', value: literal.value };
      return this.#path() ?? this.#call();
    });
  }

  #blockNames(): string[] | undefined {
    return this.attempt(() => {
      if (!this.token('as') || !this.token('|')) return undefined;
      const first = this.identifier();
      if (first === undefined) return undefined;
      const second = this.identifier();
      if (!this.token('|')) return undefined;
      return second === undefined ? [first] : [first, second];
    });
  }

  #call(): Parameter | undefined {
    return this.attempt(() =>
      this.deeper(() => {
        if (!this.literally('(')) return undefined;
        const inner = this.attempt(() => {
          const name = this.identifier();
          if (name === undefined) return undefined;
          const rest = this.parameters();
          return rest.count === 0 ? undefined : { name: { kind: 'name', name } as const, ...rest };
        });
        const call = inner ?? this.#bareCall();
        if (call === undefined || !this.token(')')) return undefined;
        return {
          kind: 'call',
          call: { ...call, blockNames: [], trimsBefore: false, trimsAfter: false },
        } as const;
      }),
    );
  }

  #bareCall(): Pick<Expression, 'name' | 'parameters' | 'named'> | undefined {
    this.space();
    const name = this.#path();
    return name === undefined ? undefined : { name, parameters: [], named: new Map() };
  }

  #path(): Parameter | undefined {
    return this.attempt(() => {
      const from = this.at;
      const steps: PathStep[] = [];
      this.match(/this[/.]|\.\//uy);
      if (this.match(/@root[/.]/uy) !== undefined) steps.push({ kind: 'root' });
      if (this.match(/@/uy) !== undefined) steps.push({ kind: 'local' });
      while (this.match(/\.\.[/.]/uy) !== undefined) steps.push({ kind: 'up' });
      let key = this.#pathKey();
      if (key === undefined) return undefined;
      while (key !== undefined) {
        if (key !== 'this') steps.push({ kind: 'key', name: key });
        key = this.attempt(() => (this.match(/[/.]/uy) === undefined ? undefined : this.#pathKey()));
      }
      return { kind: 'path', text: this.source.slice(from, this.at), steps } as const;
    });
  }

  #pathKey(): string | undefined {
    return this.match(IDENTIFIER) ?? this.match(/\[[^\]]*\]/uy)?.slice(1, -1);
  }

  #literal(place: 'parameter' | 'within-literal' = 'parameter'): { readonly value: RecipeValue } | undefined {
    const from = this.at;
    const double = this.match(DOUBLE_QUOTED);
    if (double !== undefined) return { value: jsonText(double, from) };
    const single = this.match(SINGLE_QUOTED);
    if (single !== undefined) {
      if (place === 'within-literal') throw new TemplateProblem('lists and maps take "text" only', from);
      const inner = single.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"');
      return { value: jsonText(`"${inner}"`, from) };
    }
    return this.#list() ?? this.#map() ?? this.#number() ?? this.#word();
  }

  #list(): { readonly value: RecipeValue } | undefined {
    return this.#between(
      '[',
      ']',
      (items: { readonly value: RecipeValue }[]) => items.map(({ value }) => value),
      () => this.#literal('within-literal'),
    );
  }

  #map(): { readonly value: RecipeValue } | undefined {
    return this.#between(
      '{',
      '}',
      (entries: [string, RecipeValue][]) => new Map(entries),
      () => this.#entry(),
    );
  }

  #entry(): [string, RecipeValue] | undefined {
    const from = this.at;
    const key = this.match(DOUBLE_QUOTED);
    if (key === undefined || !this.token(':')) return undefined;
    this.space();
    const item = this.#literal('within-literal');
    return item === undefined ? undefined : [jsonText(key, from), item.value];
  }

  /** Things of one kind between brackets, with commas. */
  #between<Item>(
    open: string,
    close: string,
    make: (items: Item[]) => RecipeValue,
    read: () => Item | undefined,
  ): { readonly value: RecipeValue } | undefined {
    return this.attempt(() =>
      this.deeper(() => {
        if (!this.literally(open)) return undefined;
        const items: Item[] = [];
        do {
          this.space();
          const item = read();
          if (item === undefined) break;
          items.push(item);
        } while (this.token(','));
        return this.token(close) ? { value: make(items) } : undefined;
      }),
    );
  }

  #number(): { readonly value: RecipeValue } | undefined {
    const from = this.at;
    const text = this.match(NUMBER);
    if (text === undefined) return undefined;
    const value = jsonNumber(text);
    if (value === undefined) throw new TemplateProblem(`${text} is not a number that can be read`, from);
    return { value };
  }

  #word(): { readonly value: RecipeValue } | undefined {
    const word = this.match(WORD);
    return word === undefined ? undefined : { value: word === 'null' ? null : word === 'true' };
  }
}
