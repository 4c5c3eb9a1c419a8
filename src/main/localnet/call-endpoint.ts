// The call endpoint: takes in an update once, runs it, and answers with its certificate or, when that takes
// too long or the client asked for it, with 202.
import { Cbor } from '@icp-sdk/core/agent';
import { CallRejection, type Outcome } from './canisters/canister.js';
import type { CallContent, Envelope } from './envelope.js';
import type { AnswerFaultKind } from './faults.js';
import type { IngressRecord } from './ingress.js';
import { MANAGEMENT_CANISTER_ID } from './management.js';
import type { Answer, Network } from './network.js';
import { Refusal } from './refusal.js';
import type { RequestRoute } from './routing.js';

const NANOSECONDS_PER_MS = 1_000_000n;
const ACCEPTED: Answer = { httpStatus: 202, body: '' };

/** Serves one call whose sender, expiry and effective canister id have been checked. */
export async function serveCall(
  network: Network,
  route: RequestRoute,
  envelope: Envelope,
  content: CallContent,
  fault: AnswerFaultKind | undefined,
): Promise<Answer> {
  const known = network.history.find(envelope.requestId);
  if (known !== undefined) network.counters.duplicateUpdates += 1;
  const rejection = known === undefined ? inspect(network, envelope, content) : undefined;
  if (rejection !== undefined) return { httpStatus: 200, body: encodeRejection(rejection) };
  const record = known ?? admit(network, route, envelope, content);
  if (route.version === 2 || !(await finishesInTime(network, record))) return ACCEPTED;
  const certificate = await network.certifier.certify({
    paths: [[Buffer.from('request_status'), record.requestId]],
    records: [record],
    fault,
  });
  return { httpStatus: 200, body: Cbor.encode({ status: 'replied', certificate }) };
}

type Rejection = Outcome & { readonly kind: 'rejected' };

/** Why the call is refused before it is taken in; such a rejection is not certified. */
function inspect(network: Network, envelope: Envelope, content: CallContent): Rejection | undefined {
  const obstacle = network.executor.obstacle(content.canisterId);
  if (obstacle?.kind === 'rejected') return obstacle;
  if (content.canisterId.toText() !== MANAGEMENT_CANISTER_ID) return undefined;
  try {
    network.management.authorize(callOf(envelope, content));
    return undefined;
  } catch (error) {
    if (!(error instanceof CallRejection)) throw error;
    const { rejectCode, message: rejectMessage, errorCode } = error;
    return errorCode === undefined
      ? { kind: 'rejected', rejectCode, rejectMessage }
      : { kind: 'rejected', rejectCode, rejectMessage, errorCode };
  }
}

function admit(
  network: Network,
  route: RequestRoute,
  envelope: Envelope,
  content: CallContent,
): IngressRecord {
  if (content.requestType !== 'call') throw new Refusal(400, 'the call endpoint takes requests of type call');
  return network.history.admit(
    {
      requestId: envelope.requestId,
      sender: envelope.sender.toText(),
      canisterId: content.canisterId.toText(),
      effectiveCanisterId: route.id.toText(),
      method: content.method,
      expiryMs: Number(envelope.ingressExpiryNs / NANOSECONDS_PER_MS),
    },
    async (processing) => {
      await network.timers.wait(network.options.updateLatencyMs);
      processing();
      return network.executor.update(callOf(envelope, content));
    },
  );
}

function callOf(envelope: Envelope, content: CallContent) {
  const { canisterId, method, arg } = content;
  return { caller: envelope.sender, canisterId, method, arg, cycles: 0n };
}

function finishesInTime(network: Network, record: IngressRecord): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = network.timers.after(network.options.synchronousCallMs, () => resolve(false));
    void record.finished.then(() => {
      cancel();
      resolve(true);
    });
  });
}

function encodeRejection(rejection: Rejection): Uint8Array {
  const fields = {
    status: 'non_replicated_rejection',
    reject_code: rejection.rejectCode,
    reject_message: rejection.rejectMessage,
  };
  return Cbor.encode(
    rejection.errorCode === undefined ? fields : { ...fields, error_code: rejection.errorCode },
  );
}
