// Makes JSON schemas out of the types of what programs read: the events of a sync, and its report; and writes the one
// that the configuration of the service is checked against.
import {
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  EnumType,
  SchemaGenerator,
} from 'ts-json-schema-generator';

import { ERRORS } from '../dist/bridge/errors.js';
import { ConfigurationFile } from '../dist/main/server/config/configuration-schema.js';

const LISTS = { ErrorCode: Object.keys(ERRORS) };

/** What the schema files are, and the type each is made from. */
const SCHEMAS = [
  {
    path: 'docs/sync-events.schema.json',
    source: 'src/main/sync/sync-events.ts',
    type: 'SyncEvent',
    title: 'An event of `sandpool sync --json`, one a line',
  },
  {
    path: 'docs/sync-report.schema.json',
    source: 'src/main/sync/report-document.ts',
    type: 'ReportDocument',
    title: 'The report of a sync, as `sandpool sync --report` writes it',
  },
];

/** @returns {Map<string, string>} the text of each schema file by its path */
export function schemaFiles() {
  const schemas = SCHEMAS.map((schema) => [schema.path, schemaOf(schema)]);
  schemas.push(['docs/serve-config.schema.json', configurationSchema()]);
  return new Map(schemas.map(([path, schema]) => [path, `${JSON.stringify(schema, null, 2)}\n`]));
}

function configurationSchema() {
  const source = 'src/main/server/config/configuration-schema.ts';
  const $comment = `Generated from ${source} by scripts/generate.mjs.`;
  return { $schema: 'http://json-schema.org/draft-07/schema#', $comment, ...ConfigurationFile };
}

function schemaOf({ path, source, type, title }) {
  const config = {
    ...DEFAULT_CONFIG,
    path: source,
    tsconfig: 'tsconfig.json',
    type,
    skipTypeCheck: true,
    topRef: true,
  };
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => chain.addNodeParser(new KeysOfErrors()));
  const { $schema, ...schema } = new SchemaGenerator(
    program,
    parser,
    createFormatter(config),
    config,
  ).createSchema(type);
  const $comment = `Generated from ${source} by scripts/generate.mjs. ${path.endsWith('events.schema.json') ? 'Further kinds of events' : 'Further fields'} may come with later versions.`;
  return { $schema, title, $comment, ...schema };
}

/** Reads `keyof typeof ERRORS`, which only a run of the program knows. */
class KeysOfErrors {
  supportsNode(node) {
    return node.getText?.() === 'keyof typeof ERRORS';
  }

  createType(node) {
    return new EnumType(`error-codes-${node.pos}`, LISTS.ErrorCode);
  }
}
