// What is bundled once tsc has run: the entries of threads, which every thread loads anew, and the command, which would
// otherwise spend longer on finding modules than on its work. What is started by its file name stays a file.

import { fileURLToPath } from 'node:url';
import { bundledLicences } from './scripts/bundled-licences.mjs';
import { quickStart } from './scripts/quick-start.mjs';

/** They look for files of their own beside themselves, or are needed too rarely to be carried along. */
const external = [
  'pino',
  '@bytecodealliance/jco-transpile/component',
  '@napi-rs/keyring',
  '@napi-rs/nice',
  'libsql',
  'fastify',
  '@fastify/cors',
  '@fastify/helmet',
  '@fastify/rate-limit',
  '@fastify/swagger',
  'prom-client',
];

const bundle = (name, entry) => ({
  input: { [name]: entry },
  platform: 'node',
  plugins: [bundledLicences(`LICENCES-${name}.txt`), quickStart()],
  external,
});

/**
 * CommonJS: Node 22 aborts the process when a thread is ended while it imports an ES module, as happens to one that
 * has just been started.
 */
const thread = (name, entry) => ({
  ...bundle(name, entry),
  output: { dir: 'dist/threads', format: 'cjs', exports: 'named', entryFileNames: '[name].cjs' },
});

const COMMAND_FOLDER = 'dist/main/command';

export default [
  thread('piscina', 'node_modules/piscina/dist/worker.js'),
  {
    ...thread('guest', 'dist/worker/entry.js'),
    resolve: {
      alias: { 'node:crypto': fileURLToPath(new URL('dist/worker/crypto-on-demand.js', import.meta.url)) },
    },
  },
  thread('thread', 'dist/worker/thread.js'),
  thread('watchdog', 'dist/main/pool/watchdog-thread.js'),
  thread('checkpoint', 'dist/main/server/store/checkpoint-thread.js'),
  thread('bls', 'dist/main/canister/bls-thread.js'),
  {
    ...bundle('sandpool', 'dist/main/cli/bin.js'),
    output: {
      dir: COMMAND_FOLDER,
      cleanDir: true,
      // Node finds, reads and links its modules one after another faster than ES modules.
      format: 'cjs',
      dynamicImportInCjs: false,
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name]-[hash].cjs',
      // What runs plugins brings the whole of the client along, and stays apart.
      // A file each costs about a millisecond of every start: what several parts share is in two, and not in thirty.
      // What finds compiled code comes before both.
      codeSplitting: {
        groups: [
          { name: 'cache-folder', test: /dist\/main\/component\/cache\/cache-folder\.js$/, priority: 3 },
          {
            name: 'common',
            test: /dist\/main\/(?:project|component|sync\/(?!canister-sync|network-cause|plugin-|run-sync))/,
            minShareCount: 2,
            priority: 1,
          },
          { name: 'base', test: /dist\/(?:bridge|main\/cli)\//, minShareCount: 3, priority: 2 },
        ],
      },
    },
  },
  {
    ...bundle('transpile-process', 'dist/main/component/transpile-process.js'),
    output: { dir: COMMAND_FOLDER, codeSplitting: false },
  },
];
