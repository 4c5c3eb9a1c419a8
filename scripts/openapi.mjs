// Makes the OpenAPI document of the service out of its routes, checks it, and makes the typed client out of it. Needs a
// build.
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import { generateSource } from 'oazapfts';
import { documentRoutes, fastifySchemaOf } from '../dist/main/server/api/document.js';
import { ROUTES } from '../dist/main/server/api/routes.js';

const DOCUMENT = 'docs/openapi.json';
const CLIENT = 'src/main/client/generated/operations.ts';

/** @returns {Promise<Map<string, string>>} the text of each file by its path */
export async function openapiFiles() {
  const document = await openapiDocument();
  const mistakes = mistakesIn(document);
  if (mistakes.length > 0) throw new Error(`the OpenAPI document is not right:\n${mistakes.join('\n')}`);
  return new Map([
    [DOCUMENT, `${JSON.stringify(document, null, 2)}\n`],
    [CLIENT, await operationsSource(document)],
  ]);
}

/** The generated code, with the operations made for one client in place of one for the whole program. */
async function operationsSource(document) {
  // Streams are no answers that are waited for; what fails is thrown before the generated code sees it.
  const answered = structuredClone(document);
  for (const operation of Object.values(answered.paths).flatMap((operations) => Object.values(operations)))
    delete operation.responses.default;
  const source = await generateSource(answered, {
    argumentStyle: 'positional',
    exclude: ['events'],
    optimistic: true,
    futureStripLegacyMethods: true,
    useUnknown: true,
  });
  const [before, after] = splitAt(source, /^export const defaults[\s\S]*?^export const servers = \{\};\n/m);
  const [types, functions] = splitAt(after, /(?=^\/\*\*\n \* .*\n \*\/\nexport function )/m);
  const names = [...functions.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  const made = functions.replace(/^export function /gm, 'function ').replaceAll('$from', 'from');
  return [
    `// Generated from ${DOCUMENT} by scripts/generate.mjs: the operations of the service and their types.`,
    before.replace(/^\/\*\*[\s\S]*?\*\/\n/, '').trimEnd(),
    types.trimEnd(),
    '/** As it is, for a compiler that tells an absent member from an undefined one. */',
    "type Runtime = Omit<ReturnType<typeof Oazapfts.runtime>, 'json'> & {",
    '    json(request: Oazapfts.RequestOpts & { body?: unknown }): Oazapfts.RequestOpts & { body?: string };',
    '};',
    '/** The operations, done with these defaults. */',
    'export function operationsWith(defaults: Oazapfts.RequestOpts) {',
    'const oazapfts = Oazapfts.runtime(defaults) as Runtime;',
    made.trimEnd(),
    `return { ${names.join(', ')} };`,
    '}\n',
  ].join('\n');
}

/** @returns {[string, string]} what is before and what is behind the part that matches */
function splitAt(text, pattern) {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`the generated client has no ${pattern}: has the generator changed?`);
  return [text.slice(0, match.index), text.slice(match.index + match[0].length)];
}

async function openapiDocument() {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const server = fastify();
  await documentRoutes(server, version);
  // The document is of the routes, not of what they do.
  const handler = async () => undefined;
  for (const [operation, route] of Object.entries(ROUTES)) {
    const schema = fastifySchemaOf(operation, route);
    server.route({ method: route.method, url: route.path, schema, handler });
  }
  await server.ready();
  const document = server.swagger();
  await server.close();
  return document;
}

/** @returns {string[]} what is wrong with a document */
export function mistakesIn(document) {
  const mistakes = [];
  if (document.openapi !== '3.1.0') mistakes.push(`it is OpenAPI ${document.openapi}`);
  for (const reference of referencesIn(document)) {
    const found = reference
      .split('/')
      .slice(1)
      .reduce((place, name) => place?.[name], document);
    if (!reference.startsWith('#/') || found === undefined) mistakes.push(`${reference} leads nowhere`);
  }
  const schemes = Object.keys(document.components?.securitySchemes ?? {});
  const names = new Set();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const place = `${method.toUpperCase()} ${path}`;
      const { operationId, responses, security = document.security ?? [] } = operation;
      if (operationId === undefined) mistakes.push(`${place} has no operationId`);
      if (names.has(operationId)) mistakes.push(`${place}: there are two of ${operationId}`);
      names.add(operationId);
      if (!security.some((wanted) => Object.keys(wanted).some((name) => schemes.includes(name))))
        mistakes.push(`${place} needs no token`);
      if (responses.default?.content?.['application/problem+json'] === undefined)
        mistakes.push(`${place} does not say how it fails`);
      if (!Object.keys(responses).some((status) => /^2\d\d$/.test(status)))
        mistakes.push(`${place} never succeeds`);
      const inPath = (path.match(/(?<=\{)\w+(?=\})/g) ?? []).sort().join();
      const told = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      if (
        told
          .map(({ name }) => name)
          .sort()
          .join() !== inPath
      )
        mistakes.push(`${place}: other parameters`);
    }
  }
  for (const [operation, { upload }] of Object.entries(ROUTES)) {
    if (!names.has(operation)) mistakes.push(`${operation} is missing`);
    if (upload === undefined) continue;
    const [body] = Object.values(document.paths)
      .flatMap((operations) => Object.values(operations))
      .flatMap((one) => (one.operationId === operation ? [one.requestBody] : []));
    if (Object.keys(body?.content ?? {}).join() !== upload.join())
      mistakes.push(`${operation} takes no upload`);
  }
  return mistakes;
}

function referencesIn(value) {
  if (typeof value !== 'object' || value === null) return [];
  const own = typeof value.$ref === 'string' ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}
