// The query endpoint: runs a query and has the node sign the answer.
import { Cbor } from '@icp-sdk/core/agent';
import type { Outcome } from './canisters/canister.js';
import { STALE_MS } from './certifier.js';
import type { CallContent, Envelope } from './envelope.js';
import type { AnswerFaultKind } from './faults.js';
import { hashOfMap, withDomain } from './hashing.js';
import type { NodeKey } from './keys.js';
import type { Answer, Network } from './network.js';

const NANOSECONDS_PER_MS = 1_000_000n;

/** Serves one query whose sender, expiry and effective canister id have been checked. */
export async function serveQuery(
  network: Network,
  envelope: Envelope,
  content: CallContent,
  fault: AnswerFaultKind | undefined,
): Promise<Answer> {
  await network.timers.wait(network.options.queryLatencyMs);
  const { canisterId, method, arg } = content;
  const caller = envelope.sender;
  const outcome = await network.executor.query({ caller, canisterId, method, arg, cycles: 0n });
  const fields = fieldsOf(outcome);
  const shown = fault === 'tampered-answer' ? fieldsOf(tamper(outcome)) : fields;
  const signatures = fault === 'no-signature' ? [] : [sign(network, envelope, fields, fault)];
  return { httpStatus: 200, body: Cbor.encode({ ...shown, signatures }) };
}

function fieldsOf(outcome: Outcome): Record<string, unknown> {
  if (outcome.kind === 'replied') return { status: 'replied', reply: { arg: outcome.reply } };
  const fields = {
    status: 'rejected',
    reject_code: outcome.rejectCode,
    reject_message: outcome.rejectMessage,
  };
  return outcome.errorCode === undefined ? fields : { ...fields, error_code: outcome.errorCode };
}

function sign(
  network: Network,
  envelope: Envelope,
  fields: Readonly<Record<string, unknown>>,
  fault: AnswerFaultKind | undefined,
) {
  const { node, impostorNode } = network.keys;
  const timeMs = fault === 'stale-time' ? Date.now() - STALE_MS : Date.now();
  const timestamp = BigInt(timeMs) * NANOSECONDS_PER_MS;
  const hash = hashOfMap({ ...fields, timestamp, request_id: envelope.requestId });
  const signer: NodeKey = fault === 'wrong-signer' || fault === 'wrong-subnet' ? impostorNode : node;
  const signature = signer.sign(withDomain('ic-response', hash));
  network.counters.nodeSignatures += 1;
  return {
    timestamp,
    signature: fault === 'broken-signature' ? flipBit(signature) : signature,
    identity: (fault === 'wrong-subnet' ? impostorNode : node).nodeId.toUint8Array(),
  };
}

function flipBit(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte));
}

function tamper(outcome: Outcome): Outcome {
  return outcome.kind === 'replied'
    ? { ...outcome, reply: Buffer.concat([outcome.reply, Buffer.from([0])]) }
    : { ...outcome, rejectMessage: `${outcome.rejectMessage}!` };
}
