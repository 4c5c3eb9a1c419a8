// The thread that calls, for bridge.mjs.
import { parentPort, workerData } from 'node:worker_threads';
import { BlockingRemote } from '../../dist/bridge/blocking-remote.js';
import { ControlBlock } from '../../dist/bridge/control-block.js';

const { port, control, calls, bytes } = workerData;
const block = new ControlBlock(control);
block.start({ osThreadId: 0, cpuTime: -1n });
const remote = new BlockingRemote(port, block);
const times = new Float64Array(calls);
for (let call = 0; call < calls; call++) {
  const arg = new Uint8Array(100);
  const startedAt = performance.now();
  const reply = remote.call('canisterCall', [{ method: 'count', arg }], [arg.buffer]);
  times[call] = (performance.now() - startedAt) * 1000;
  if (reply.val.byteLength !== bytes) throw new Error(`a reply of ${reply.val.byteLength} bytes`);
}
parentPort.postMessage(times);
