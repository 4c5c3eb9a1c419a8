// How the pool learns that a run waits: others are let in beside it for just so long.

import { expect, test } from 'vitest';
import type { HostFunctions } from '#src/bridge/host-functions.js';
import { gateHost } from '#src/main/pool/host-gate.js';

const REQUEST = {
  target: { tag: 'host' },
  method: 'count',
  arg: new Uint8Array(),
  callType: 'query',
  direct: false,
  cycles: 0n,
};

function gate(canisterCall: HostFunctions['canisterCall']) {
  const over = new AbortController();
  let waiting = 0;
  const gated = gateHost({
    host: { canisterCall } as HostFunctions,
    limits: { hostCalls: 10, replyBytes: 1000 },
    signal: over.signal,
    traffic: { hostCalls: 0, bytesSent: 0, bytesReceived: 0 },
    onWait: () => {
      waiting += 1;
      let isOver = false;
      return () => {
        waiting -= Number(!isOver);
        isOver = true;
      };
    },
    end: () => {},
  });
  return { gated, waiting: () => waiting, endRun: () => over.abort() };
}

test('a run waits while its host function is at work, and no longer', async () => {
  let answer = (_result: { tag: 'ok'; val: Uint8Array }): void => {};
  const { gated, waiting } = gate(() => new Promise((resolve) => (answer = resolve)));
  const call = gated.canisterCall(REQUEST);
  expect(waiting()).toBe(1);
  answer({ tag: 'ok', val: new Uint8Array(1) });
  await call;
  expect(waiting()).toBe(0);
});

test('nor when the host function throws', async () => {
  const { gated, waiting } = gate(() => Promise.reject(new Error('broken')));
  await gated.canisterCall(REQUEST);
  expect(waiting()).toBe(0);
});

test('nor when the run is over and its host function never answers', () => {
  const { gated, waiting, endRun } = gate(() => new Promise(() => {}));
  void gated.canisterCall(REQUEST);
  expect(waiting()).toBe(1);
  endRun();
  expect(waiting()).toBe(0);
});
