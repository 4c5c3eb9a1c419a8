// A thread that calls the exposed object without ever returning to its event loop, as a guest would.
import { parentPort, workerData } from 'node:worker_threads';
import { BlockingRemote } from '#src/bridge/blocking-remote.js';
import { ControlBlock } from '#src/bridge/control-block.js';

const { port, control, script } = workerData;
const block = new ControlBlock(control);
block.start({ osThreadId: 0, cpuTime: -1n });
const remote = new BlockingRemote(port, block);
const results = [];
for (const { method, args, transfer = false, repeat = 1 } of script) {
  for (let count = 0; count < repeat; count++) {
    try {
      const bytes = args.filter((value) => value instanceof Uint8Array).map((value) => value.buffer);
      const value = remote.call(method, args, transfer ? bytes : []);
      if (count === repeat - 1) results.push({ value, left: args.map((argument) => argument?.byteLength) });
    } catch (error) {
      results.push({ error: error.name, message: error.message });
    }
  }
}
parentPort.postMessage({ results, heapBytes: process.memoryUsage().heapUsed });
