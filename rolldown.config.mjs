// What is bundled once tsc has run: the worker's entry, which every thread loads anew, and the command, which would
// otherwise spend longer on finding modules than on its work. What is started by its file name stays a file.

import { bundledLicences } from './scripts/bundled-licences.mjs';

export default [
  {
    input: 'dist/worker/entry.js',
    platform: 'node',
    output: { file: 'dist/worker/thread.js' },
  },
  {
    input: {
      sandpool: 'dist/main/cli/bin.js',
      'transpile-process': 'dist/main/component/transpile-process.js',
      'watchdog-thread': 'dist/main/pool/watchdog-thread.js',
      'bls-thread': 'dist/main/canister/bls-thread.js',
    },
    platform: 'node',
    plugins: [bundledLicences()],
    // They look for files of their own beside themselves, or are needed too rarely to be carried along.
    external: ['piscina', 'mcl-wasm', 'pino', '@bytecodealliance/jco-transpile/component'],
    output: { dir: 'dist/main/command', chunkFileNames: '[name]-[hash].js', cleanDir: true },
  },
];
