// What is wrong with the shape of a configuration, in words, at its place in the file.

import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import type { SandpoolError } from '../../../bridge/errors.js';
import { listed, quoted, suggestion } from '../../project/shown-text.js';
import type { ConfigurationDocument, ValuePath } from './configuration-document.js';

/** A schema as JSON has it: what is read of it here. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly required?: readonly string[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly type?: string;
  readonly description?: string;
}

type Finding = ReturnType<typeof Value.Errors>[number];

const KINDS: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
};

/** The first thing in the file that is not as `schema` has it; undefined when all is. */
export function shapeProblem(
  schema: TSchema,
  value: unknown,
  document: ConfigurationDocument,
): SandpoolError | undefined {
  const problems = Value.Errors(schema, value)
    // What the branches of a choice say is not what is wrong: none of them need be meant.
    .filter(({ schemaPath }) => !/\/(?:oneOf|anyOf)\//.test(schemaPath))
    .map((finding) => problemOf(finding, schema as JsonSchema, value, document))
    .filter((problem) => problem !== undefined);
  return problems.sort((a, b) => distance(a, b, 'line') || distance(a, b, 'column'))[0];
}

function distance(a: SandpoolError, b: SandpoolError, along: 'line' | 'column'): number {
  return Number(a.details[along]) - Number(b.details[along]);
}

function problemOf(
  { keyword, instancePath, params }: Finding,
  root: JsonSchema,
  value: unknown,
  document: ConfigurationDocument,
): SandpoolError | undefined {
  const path = pathOf(instancePath);
  const details = params as Readonly<Record<string, unknown>>;
  const schema = schemaAt(root, path) ?? {};
  const name = shownName(path);
  const found = shownValue(valueAt(value, path));
  const bound = (least: string) => document.problem(path, `${name} must be ${least}, but is ${found}`);
  switch (keyword) {
    case 'boolean':
      return document.problemAtKey(path, unknownKey(root, path));
    // Each of these keys has a finding of its own: the one above.
    case 'additionalProperties':
      return undefined;
    case 'required': {
      const missing = (details['requiredProperties'] as readonly string[] | undefined) ?? [];
      return document.problem(path, `${name} must have ${listed(missing)}${whatFor(schema, missing)}`);
    }
    case 'oneOf':
      return document.problem(path, `${name} must have exactly one of ${listed(choices(schema))}`);
    case 'anyOf':
      return bound((schema.anyOf ?? []).map(shownBranch).join(' or '));
    case 'type':
      return bound(KINDS[String(details['type'])] ?? String(details['type']));
    case 'enum':
      return bound(`one of ${listed(schema.enum ?? [])}`);
    case 'const':
      return bound(String(details['allowedValue']));
    case 'minimum':
      return bound(`at least ${details['limit']}`);
    case 'maximum':
      return bound(`at most ${details['limit']}`);
    case 'minLength':
      return bound('filled in');
    case 'maxLength':
      return bound(`at most ${details['limit']} characters long`);
    default:
      return bound(
        schema.description === undefined ? 'as the schema has it' : lowerFirst(schema.description),
      );
  }
}

function unknownKey(root: JsonSchema, path: ValuePath): string {
  const key = String(path.at(-1));
  const owner = path.slice(0, -1);
  const schema = schemaAt(root, owner) ?? {};
  if (schema.patternProperties !== undefined) {
    return `${quoted(key)} is no name: 1 to 64 of A-Z a-z 0-9 _ . - are, the first a letter or digit`;
  }
  const known = Object.keys(schema.properties ?? {});
  return `${shownName(owner)} has no key ${quoted(key)}${suggestion(key, known)}; it has ${listed(known)}`;
}

function whatFor({ properties = {} }: JsonSchema, missing: readonly string[]): string {
  const description = properties[missing[0] ?? '']?.description;
  return missing.length === 1 && description !== undefined ? `: ${lowerFirst(description)}` : '';
}

function choices({ oneOf = [] }: JsonSchema): string[] {
  return oneOf.flatMap(({ required = [] }) => [...required]);
}

function shownBranch({ const: constant, description, type }: JsonSchema): string {
  if (constant !== undefined) return String(constant);
  return description === undefined ? (KINDS[String(type)] ?? String(type)) : lowerFirst(description);
}

function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function schemaAt(root: JsonSchema, path: ValuePath): JsonSchema | undefined {
  let schema: JsonSchema | undefined = root;
  for (const step of path) {
    const { properties = {}, patternProperties = {}, items }: JsonSchema = schema ?? {};
    schema = Object.hasOwn(properties, step)
      ? properties[step]
      : (Object.values(patternProperties)[0] ?? items);
  }
  return schema;
}

function valueAt(value: unknown, path: ValuePath): unknown {
  let found = value;
  for (const step of path) {
    const around = found as Record<string, unknown>;
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, step) ? around[step] : undefined;
  }
  return found;
}

/** `limits.memoryBytes`, `canisters.orchard[2]`. */
function shownName(path: ValuePath): string {
  if (path.length === 0) return 'the configuration';
  const text = path.map((step) => (/^\d+$/.test(String(step)) ? `[${step}]` : `.${step}`)).join('');
  return quoted(text.replace(/^\./, ''));
}

function shownValue(value: unknown): string {
  if (value === undefined || value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return typeof value === 'string' ? `the text ${quoted(value)}` : quoted(String(value));
}

function lowerFirst(text: string): string {
  // Not of an abbreviation.
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
