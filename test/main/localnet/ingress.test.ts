import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Outcome } from '#src/main/localnet/canisters/canister.js';
import { IngressHistory, type IngressRecord } from '#src/main/localnet/ingress.js';

const OUTCOME: Outcome = { kind: 'replied', reply: new Uint8Array([1]) };
const MINUTE_MS = 60_000;

let history: IngressHistory;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  history = new IngressHistory();
});
afterEach(() => {
  vi.useRealTimers();
});

let lastId = 0;
function admit(run: () => Promise<Outcome> = async () => OUTCOME): IngressRecord {
  lastId += 1;
  const requestId = new Uint8Array(32);
  new DataView(requestId.buffer).setUint32(0, lastId);
  return history.admit(
    {
      requestId,
      sender: '2vxsx-fae',
      canisterId: 'aaaaa-aa',
      effectiveCanisterId: 'aaaaa-aa',
      method: 'set',
      expiryMs: Date.now() + 5 * MINUTE_MS,
    },
    run,
  );
}

/** Admits enough requests for every record to be looked at. */
async function letTimePass(milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  for (let count = 0; count < 10; count += 1) await admit().finished;
}

test('a request is received, processed, then replied to', async () => {
  let finish: (outcome: Outcome) => void = () => undefined;
  const record = history.admit(
    {
      requestId: new Uint8Array(32),
      sender: '2vxsx-fae',
      canisterId: 'aaaaa-aa',
      effectiveCanisterId: 'aaaaa-aa',
      method: 'set',
      expiryMs: Date.now(),
    },
    (processing) => {
      processing();
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  );
  expect(record.status).toBe('received');
  await Promise.resolve();
  expect(record.status).toBe('processing');
  finish(OUTCOME);
  await record.finished;
  expect(record).toMatchObject({ status: 'replied', outcome: OUTCOME });
});

test('the answer is kept a while, then only that it is done, then nothing', async () => {
  const record = admit();
  await record.finished;
  await letTimePass(MINUTE_MS);
  expect(history.find(record.requestId)).toMatchObject({ status: 'replied', outcome: OUTCOME });
  await letTimePass(2 * MINUTE_MS);
  expect(history.find(record.requestId)).toMatchObject({ status: 'done', outcome: undefined });
  await letTimePass(2 * MINUTE_MS);
  expect(history.find(record.requestId)?.status).toBe('done');
  await letTimePass(2 * MINUTE_MS);
  expect(history.find(record.requestId)).toBeUndefined();
});

test('a request that is not finished is never forgotten', async () => {
  const record = admit(() => new Promise(() => undefined));
  await letTimePass(60 * MINUTE_MS);
  expect(history.find(record.requestId)?.status).toBe('received');
});
