// Writes what is derived from wit/: the TypeScript types of what crosses the plugin boundary, and the types of
// the world's functions, against which plugins are checked; what is derived from the types of events and reports: their
// JSON schemas in docs/; and what is derived from the routes of the service: its OpenAPI document in docs/, and the typed
// client made from that. Needs a build. `--check` writes nothing and exits 1
// when the files in the tree differ.
import { readFile, writeFile } from 'node:fs/promises';
import { componentEmbed, componentNew } from '@bytecodealliance/jco';
import { $init, generateTypes } from '@bytecodealliance/jco-transpile/component';
import { readOutline } from '../dist/main/component/component-outline.js';
import { openapiFiles } from './openapi.mjs';
import { schemaFiles } from './schemas.mjs';

const root = new URL('../', import.meta.url);
const versions = [
  { version: '0.1', wit: 'wit/0.1.0/sync-plugin.wit', types: 'src/bridge/interface/generated/v0-1.ts' },
  { version: '0.2', wit: 'wit/0.2.0/sync-plugin.wit', types: 'src/bridge/interface/generated/v0-2.ts' },
];

await $init;
const outputs = new Map();
const worlds = {};
for (const { version, wit, types } of versions) {
  const witSource = await readFile(new URL(wit, root), 'utf8');
  outputs.set(types, hostTypes(wit, witSource));
  worlds[version] = await worldFunctions(witSource);
}
outputs.set(
  'src/main/component/generated/worlds.ts',
  `// Generated from wit/ by scripts/generate.mjs: the functions of each version's world, with normalised types.\nexport const WORLDS = ${JSON.stringify(worlds, null, 2)} as const;\n`,
);

for (const [path, text] of [...schemaFiles(), ...(await openapiFiles())]) outputs.set(path, text);

let stale = false;
for (const [path, text] of outputs) {
  const url = new URL(path, root);
  if (!process.argv.includes('--check')) await writeFile(url, text);
  else if ((await readFile(url, 'utf8')) !== text) {
    console.error(`${path} does not match what it is made from: run npm run generate`);
    stale = true;
  }
}
process.exitCode = stale ? 1 : 0;

function hostTypes(wit, witSource) {
  const files = generateTypes('plugin', {
    wit: { tag: 'source', val: witSource },
    world: 'sync-plugin',
    instantiation: { tag: 'sync' },
  });
  const [, bytes] = files.find(([name]) => name.endsWith('icp-sync-plugin-types.d.ts'));
  return `// Generated from ${wit} by scripts/generate.mjs.\n${new TextDecoder().decode(bytes)}`;
}

async function worldFunctions(witSource) {
  const embedded = await componentEmbed({ dummy: true, witSource, world: 'sync-plugin' });
  const outline = readOutline(await componentNew(embedded, []));
  const functions = (items) =>
    Object.fromEntries(
      items.flatMap(({ name, type }) => (type?.kind === 'function' ? [[name, type.text]] : [])),
    );
  return { imports: functions(outline.imports), exports: functions(outline.exports) };
}
