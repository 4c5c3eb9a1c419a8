import { expect, it } from 'vitest';
import { networkFailed } from '#src/main/canister/agent-failure.js';
import type { RequestStatus } from '#src/main/canister/certificate.js';
import { CallFailure } from '#src/main/canister/client.js';
import { followUpdate, type Patience } from '#src/main/canister/update-ending.js';
import { failureOf } from './support.js';

const PENDING: RequestStatus = { status: 'pending' };
const ABSENT: RequestStatus = { status: 'absent' };
const REPLIED: RequestStatus = { status: 'replied', reply: Buffer.from('yes') };
const away = networkFailed('the network is away', 'away');
const lost = networkFailed('the answer was lost', 'lost');

/** Follows an update that shows these statuses one after the other, and the last one from then on. */
function follow(
  statuses: readonly (RequestStatus | CallFailure)[],
  { lossOfAnswer, ...patience }: Partial<Patience> & { lossOfAnswer?: CallFailure } = {},
) {
  let looks = 0;
  return followUpdate({
    canisterId: 'aaaaa-aa',
    requestIdHex: 'ab',
    patience: { fateMs: 300, executionMs: 5_000, ...patience },
    signal: undefined,
    readStatus: async () => {
      const status = statuses[Math.min(looks, statuses.length - 1)];
      looks += 1;
      if (status === undefined || status instanceof CallFailure) throw status;
      return status;
    },
    ...(lossOfAnswer && { lossOfAnswer }),
  });
}

it('waits for an update that was taken on, as long as it may take', async () => {
  expect(await follow([ABSENT, PENDING, PENDING, REPLIED], { fateMs: 250 })).toMatchObject({
    requestIdHex: 'ab',
  });
  const failure = await failureOf(follow([PENDING], { executionMs: 300 }));
  expect([failure.code, failure.fate, failure.pluginText]).toEqual([
    'NETWORK_FAILED',
    'unknown',
    'The request timed out.',
  ]);
});

it('waits for an update whose answer was lost only until it is known to have been taken on', async () => {
  const failure = await failureOf(follow([ABSENT], { lossOfAnswer: lost }));
  expect([failure.pluginText, failure.fate, failure.requestIdHex]).toEqual(['lost', 'unknown', 'ab']);
  // News that it was received comes in time, its reply long after the patience for news.
  const slow = [ABSENT, PENDING, PENDING, PENDING, REPLIED];
  expect(await follow(slow, { lossOfAnswer: lost, fateMs: 250 })).toMatchObject({ requestIdHex: 'ab' });
});

it('bears with a network that is away for a while, and no longer', async () => {
  expect(await follow([away, away, REPLIED], { fateMs: 1_000 })).toMatchObject({ requestIdHex: 'ab' });
  const failure = await failureOf(follow([PENDING, away]));
  expect([failure.pluginText, failure.fate]).toEqual(['away', 'unknown']);
});

it('ends with what cannot get better', async () => {
  const forged = new CallFailure({
    code: 'CERTIFICATE_INVALID',
    details: { canister: 'aaaaa-aa', reason: 'it is forged' },
    pluginText: 'forged',
  });
  const distrusted = await failureOf(follow([forged]));
  expect([distrusted.code, distrusted.fate]).toEqual(['CERTIFICATE_INVALID', 'unknown']);
  const rejection = { code: 4, message: 'no' };
  const rejected = await failureOf(follow([{ status: 'rejected', rejection }]));
  expect([rejected.code, rejected.fate]).toEqual(['CANISTER_REJECTED', 'rejected']);
  const done = await failureOf(follow([{ status: 'done' }]));
  expect([done.fate, done.pluginText]).toEqual([
    'unknown',
    'Call was marked as done but we never saw the reply. Request ID: ab',
  ]);
});
