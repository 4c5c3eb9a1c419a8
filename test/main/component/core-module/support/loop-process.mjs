// Runs a module's endless loop in a thread, and ends that thread once it is in the loop. A process of its own: one
// whose thread cannot be ended cannot end either, and has to be killed.

import { Worker } from 'node:worker_threads';

const THREAD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const imports = { sandpool: { grow: () => 1 }, test: { looping: () => parentPort.postMessage('looping') } };
  new WebAssembly.Instance(new WebAssembly.Module(workerData), imports).exports.run();`;

process.once('message', (bytes) => {
  const thread = new Worker(THREAD, { eval: true, workerData: bytes });
  thread.once('error', (error) => process.send({ failed: String(error) }));
  thread.once('message', () => {
    thread.once('exit', () => process.send({ ended: true }, () => process.disconnect()));
    thread.terminate();
  });
});
