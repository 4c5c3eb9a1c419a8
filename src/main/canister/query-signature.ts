// Whether an answer to a query is signed by nodes of the canister's subnet. This is the check that the agent
// package makes too, on the platform's ed25519: ten times cheaper, and for agents of both packages alike.
// https://internetcomputer.org/docs/references/ic-interface-spec#http-query
import { type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { certificateInvalid } from './certificate.js';
import { PLUGIN_TEXTS, tooManySignaturesText } from './plugin-text.js';
import { hashOfMap } from './representation-hash.js';

/** A node's signature of an answer. */
export interface NodeSignature {
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint | number;
  readonly signature: Uint8Array;
  /** The node, as the bytes of its principal. */
  readonly identity: Uint8Array;
}

/** An answer to a query, as it comes from an agent. */
export type QueryAnswer = (QueryReplied | QueryRejected) & {
  readonly requestId: Uint8Array;
  readonly signatures?: readonly NodeSignature[] | undefined;
};

interface QueryReplied {
  readonly status: 'replied';
  readonly reply: { readonly arg: Uint8Array };
}

interface QueryRejected {
  readonly status: 'rejected';
  readonly reject_code: number;
  readonly reject_message: string;
  readonly error_code?: string | undefined;
}

/** The keys of a subnet's nodes, by the nodes' principals in hex. */
export type NodeKeys = ReadonlyMap<string, KeyObject>;

const RESPONSE_DOMAIN = Buffer.concat([Buffer.of(11), Buffer.from('ic-response')]);
/** On a thread of Node's own: a tenth of a millisecond in which this one serves others. */
const verifyElsewhere = promisify(verify);
/** How far a signature's time may be from this machine's. */
const TOLERANCE_MS = 5 * 60_000;

/**
 * Checks every signature of `answer`.
 *
 * @throws CallFailure CERTIFICATE_INVALID unless there is at least one, and all are good and recent
 */
export async function verifyQueryAnswer(
  canisterId: string,
  answer: QueryAnswer,
  nodeKeys: NodeKeys,
): Promise<void> {
  const signatures = answer.signatures ?? [];
  if (signatures.length === 0) {
    throw certificateInvalid(canisterId, 'it is not signed by any node', PLUGIN_TEXTS.querySignatureMissing);
  }
  if (signatures.length > nodeKeys.size) {
    const reason = `it has ${signatures.length} signatures, but the subnet has ${nodeKeys.size} nodes`;
    throw certificateInvalid(canisterId, reason, tooManySignaturesText(signatures.length, nodeKeys.size));
  }
  await Promise.all(signatures.map((signature) => verifySignature(canisterId, answer, signature, nodeKeys)));
}

async function verifySignature(
  canisterId: string,
  answer: QueryAnswer,
  { timestamp, signature, identity }: NodeSignature,
  nodeKeys: NodeKeys,
): Promise<void> {
  const ageMs = Date.now() - Number(BigInt(timestamp) / 1_000_000n);
  if (Math.abs(ageMs) > TOLERANCE_MS) {
    const reason = `it was signed ${Math.round(Math.abs(ageMs) / 1000)} s ${ageMs > 0 ? 'ago' : 'in the future'}`;
    throw certificateInvalid(canisterId, reason, PLUGIN_TEXTS.certificateOutdated);
  }
  const key = nodeKeys.get(Buffer.from(identity).toString('hex'));
  if (key === undefined) {
    const reason = 'it is signed by a node that is not of the subnet';
    throw certificateInvalid(canisterId, reason, PLUGIN_TEXTS.canisterNotInRanges);
  }
  const message = Buffer.concat([RESPONSE_DOMAIN, hashOfMap(signedContent(answer, timestamp))]);
  if (!(await verifyElsewhere(null, message, key, signature))) {
    throw certificateInvalid(canisterId, 'its signature is wrong', PLUGIN_TEXTS.querySignatureInvalid);
  }
}

function signedContent(answer: QueryAnswer, timestamp: bigint | number) {
  const common = { status: answer.status, timestamp, request_id: answer.requestId };
  if (answer.status === 'replied') return { ...common, reply: { arg: answer.reply.arg } };
  const { reject_code, reject_message, error_code } = answer;
  return { ...common, reject_code, reject_message, error_code };
}
