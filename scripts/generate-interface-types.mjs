// Writes the TypeScript types of what crosses the plugin boundary, from wit/.
// `--check` writes nothing and exits 1 when the files in the tree differ.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { $init, generateTypes } from '@bytecodealliance/jco-transpile/component';

const root = new URL('../', import.meta.url);
const versions = [
  { wit: 'wit/0.1.0/sync-plugin.wit', types: 'src/bridge/interface/generated/v0-1.ts' },
  { wit: 'wit/0.2.0/sync-plugin.wit', types: 'src/bridge/interface/generated/v0-2.ts' },
];

await $init;
let stale = false;
for (const { wit, types } of versions) {
  const files = generateTypes('plugin', {
    wit: { tag: 'source', val: await readFile(new URL(wit, root), 'utf8') },
    world: 'sync-plugin',
    instantiation: { tag: 'sync' },
  });
  const [, bytes] = files.find(([name]) => name.endsWith('icp-sync-plugin-types.d.ts'));
  const text = `// Generated from ${wit} by scripts/generate-interface-types.mjs.\n${new TextDecoder().decode(bytes)}`;
  const path = fileURLToPath(new URL(types, root));
  if (process.argv.includes('--check')) {
    if ((await readFile(path, 'utf8')) !== text) {
      console.error(`${types} does not match ${wit}: run npm run generate`);
      stale = true;
    }
  } else {
    await writeFile(path, text);
  }
}
process.exitCode = stale ? 1 : 0;
