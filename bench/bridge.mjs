// What does a host call cost by itself: from the thread that blocks to the main thread's function and back?
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { ControlBlock } from '../dist/bridge/control-block.js';
import { exposeToWorker, movingBytes } from '../dist/bridge/host-endpoint.js';
import { median, report, size } from './support/report.mjs';

const SMALL = 100;
const LARGE = 1_900_000;
const ROUNDS = size(5, 1);

const small = [];
const large = [];
for (let round = 0; round < ROUNDS; round++) {
  small.push(...(await microseconds(SMALL, size(20_000, 200))));
  large.push(...(await microseconds(LARGE, size(2000, 20))));
}
report({
  question: 'a host call by itself',
  figures: [
    { name: `round trip, reply of ${SMALL} bytes`, unit: 'us', values: small, atMost: 80 },
    { name: `round trip, reply of ${LARGE} bytes`, unit: 'us', values: large },
    {
      name: 'replies of that size',
      unit: 'GB/s',
      values: large.map((each) => LARGE / each / 1000),
      atLeast: 1,
    },
  ],
});

/** The median round trip of `calls`, for replies of `bytes`. The first half is not counted. */
async function microseconds(bytes, calls) {
  const control = new ControlBlock();
  const { port1, port2 } = new MessageChannel();
  const api = {
    // As a network client does: each reply lies in a buffer of its own.
    canisterCall: async () => movingBytes({ tag: 'ok', val: new Uint8Array(bytes) }),
  };
  const close = exposeToWorker(api, {
    port: port1,
    control,
    methods: ['canisterCall'],
    onNotice: () => false,
    onViolation: (problem) => {
      throw new Error(problem);
    },
  });
  const worker = new Worker(new URL('./support/bridge-caller.mjs', import.meta.url), {
    workerData: { port: port2, control: control.buffer, calls, bytes },
    transferList: [port2],
  });
  const [times] = await once(worker, 'message');
  close();
  await worker.terminate();
  return [median([...times.subarray(times.length / 2)])];
}
