// The JSON schemas that the project publishes, as validators.

import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

/** A validator made of one of the schemas in docs/. */
export function publishedSchema(name: 'sync-events' | 'sync-report' | 'serve-config'): ValidateFunction {
  const file = new URL(`../../docs/${name}.schema.json`, import.meta.url);
  return new Ajv({ allErrors: true, allowUnionTypes: true }).compile(JSON.parse(readFileSync(file, 'utf8')));
}

/** What is wrong with `value`, a line for each problem; empty when nothing is. */
export function problems(validate: ValidateFunction, value: unknown): string {
  if (validate(value)) return '';
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`).join('\n');
}
