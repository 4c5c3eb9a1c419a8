// How an update ended: from one certified status, or by asking for it until it has.
import { failureOf, networkFailed, rejected } from './agent-failure.js';
import type { RequestStatus } from './certificate.js';
import type { CallFailure, UpdateReply } from './client.js';
import { doneWithoutReplyText, PLUGIN_TEXTS } from './plugin-text.js';
import { pause } from './stopping.js';

/** How long is waited for what; all in milliseconds. */
export interface Patience {
  /** For news of an update whose answer was lost, and while the network is away. */
  readonly fateMs: number;
  /** For the end of an update that the network has taken on. */
  readonly executionMs: number;
}

/** An update to be followed to its end. */
export interface FollowedUpdate {
  readonly canisterId: string;
  readonly requestIdHex: string;
  /** One certified look at its status. */
  readonly readStatus: () => Promise<RequestStatus>;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
  /** Why its answer was lost; nothing for an update that the network said it has taken on. */
  readonly lossOfAnswer?: CallFailure;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1000;
const PAUSE_GROWTH = 1.4;

/** The reply, or nothing while the request has not ended. @throws CallFailure when it ended otherwise */
export function replyIn(status: RequestStatus, requestIdHex: string): UpdateReply | undefined {
  switch (status.status) {
    case 'replied':
      return { reply: status.reply, requestIdHex };
    case 'rejected':
      throw rejected(status.rejection).ofUpdate('rejected', requestIdHex);
    case 'done': {
      const text = doneWithoutReplyText(requestIdHex);
      throw networkFailed(text, text).ofUpdate('unknown', requestIdHex);
    }
    case 'pending':
    case 'absent':
      return undefined;
  }
}

/**
 * The reply of an update, asked for until it has ended.
 *
 * @throws CallFailure with the fate `rejected`; or `unknown`, when patience runs out or the signal aborts
 */
export async function followUpdate(update: FollowedUpdate): Promise<UpdateReply> {
  const { canisterId, requestIdHex, patience, signal } = update;
  const startedAt = performance.now();
  let lastNewsAt = startedAt;
  let obstacle = update.lossOfAnswer;
  let accepted = obstacle === undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH)) {
    const status = await look(update);
    if ('code' in status) {
      obstacle ??= status;
    } else {
      const reply = replyIn(status, requestIdHex);
      if (reply) return reply;
      accepted ||= status.status === 'pending';
      if (accepted) {
        lastNewsAt = performance.now();
        obstacle = undefined;
      }
    }
    const now = performance.now();
    if (now - lastNewsAt > patience.fateMs || now - startedAt > patience.executionMs) {
      const failure = obstacle ?? networkFailed('the update has not ended in time', PLUGIN_TEXTS.timedOut);
      throw failure.ofUpdate('unknown', requestIdHex);
    }
    await pause(pauseMs, signal).catch((error: unknown) => {
      throw failureOf(error, { canisterId, signal }).ofUpdate('unknown', requestIdHex);
    });
  }
}

/** The status, or why it could not be read just now. @throws CallFailure when asking again is no use */
async function look({
  canisterId,
  readStatus,
  signal,
  requestIdHex,
}: FollowedUpdate): Promise<RequestStatus | CallFailure> {
  try {
    return await readStatus();
  } catch (error) {
    const failure = failureOf(error, { canisterId, signal });
    if (failure.code === 'NETWORK_FAILED' || failure.code === 'NETWORK_UNREACHABLE') return failure;
    throw failure.ofUpdate('unknown', requestIdHex);
  }
}
