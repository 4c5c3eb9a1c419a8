// Builds the guest plugins of fixtures/plugins that are written in TypeScript, into fixtures/build. One that is
// already built from the same sources is left alone. `node scripts/build-fixtures.mjs [name...]`
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import PQueue from 'p-queue';
import { rolldown } from 'rolldown';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../', import.meta.url));
const build = `${root}fixtures/build`;
const wasiWit = `${root}node_modules/@bytecodealliance/jco/lib/wit/builtin/0.2.12`;
const componentizeVersion = require(
  `${root}node_modules/@bytecodealliance/componentize-js/package.json`,
).version;

const PLUGINS = [
  { name: 'seed-data', interfaceVersion: '0.1.0' },
  { name: 'seed-data-keyed', interfaceVersion: '0.2.0' },
  { name: 'asset-upload', interfaceVersion: '0.1.0' },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !PLUGINS.some((plugin) => plugin.name === name));
if (unknown.length > 0) {
  console.error(
    `no such plugin: ${unknown.join(', ')}; there are ${PLUGINS.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

await mkdir(build, { recursive: true });
const queue = new PQueue({ concurrency: availableParallelism() });
await queue.addAll(
  PLUGINS.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map(
    (plugin) => () => buildPlugin(plugin),
  ),
);

async function buildPlugin({ name, interfaceVersion }) {
  const source = await bundle(`${root}fixtures/plugins/${name}/plugin.ts`);
  const wit = await worldWithFiles(interfaceVersion);
  const key = createHash('sha256')
    .update(JSON.stringify([componentizeVersion, wit, source]))
    .digest('hex');
  if ((await readText(`${build}/${name}.key`)) === key) return;
  console.log(`building ${name}.wasm, about 20 s`);
  await writeFile(`${build}/${name}.js`, source);
  await writeFile(`${build}/${name}.wit`, wit);
  // A process each: componentize-js works synchronously.
  await promisify(execFile)(process.execPath, [`${root}scripts/componentize.mjs`, `${build}/${name}`]);
  await writeFile(`${build}/${name}.key`, key);
  console.log(`built ${name}.wasm`);
}

/** One module, with the functions of the world and WASI left as imports. */
async function bundle(input) {
  const bundled = await rolldown({ input, external: [/^canister-/, /^wasi:/], logLevel: 'warn' });
  const { output } = await bundled.generate({ format: 'esm', comments: false });
  return output[0].code;
}

/** The plugin interface, with read access to the declared directories. */
async function worldWithFiles(interfaceVersion) {
  const world = await readFile(`${root}wit/${interfaceVersion}/sync-plugin.wit`, 'utf8');
  const files = 'import wasi:filesystem/preopens@0.2.12;\n    import wasi:filesystem/types@0.2.12;';
  const packages = await Promise.all(['wasi-io', 'wasi-clocks', 'wasi-filesystem'].map(nestedPackage));
  return [world.replace('world sync-plugin {', `world sync-plugin {\n    ${files}`), ...packages].join('\n');
}

async function nestedPackage(name) {
  const text = await readFile(`${wasiWit}/${name}/package.wit`, 'utf8');
  const [statement, id] = /package\s+([^;]+);/.exec(text);
  return `package ${id} {\n${text.replace(statement, '')}\n}`;
}

async function readText(path) {
  return readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
