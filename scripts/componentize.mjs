// Makes PATH.wasm from PATH.js and the world `sync-plugin` in PATH.wit: `node scripts/componentize.mjs PATH`
import { readFile, writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const path = process.argv[2];
const { component } = await componentize({
  sourcePath: `${path}.js`,
  witWorld: await readFile(`${path}.wit`, 'utf8'),
  worldName: 'sync-plugin',
  disableFeatures: ['http', 'fetch-event'],
});
await writeFile(`${path}.wasm`, component);
