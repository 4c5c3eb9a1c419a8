// Certificates: whether one is genuine, and what it says of a request or of a canister. The cryptography of
// the hash tree and the delegation is the agent package's; the BLS check is handed in.
import { Certificate, type HashTree } from '@icp-sdk/core/agent';
import { briefly, distrustText } from './agent-error.js';
import type { BlsVerify } from './bls.js';
import { CallFailure, type Rejection } from './client.js';
import { type Lookup, lookupValue } from './hash-tree.js';
import { PLUGIN_TEXTS } from './plugin-text.js';
import { parsePrincipal } from './principal.js';

/** What makes a certificate trustworthy. */
export interface TrustAnchor {
  /** The network's public key, in DER. */
  readonly rootKey: Uint8Array;
  readonly blsVerify: BlsVerify;
}

/** A certificate that has been verified. */
export interface VerifiedCertificate {
  readonly tree: HashTree;
  /** The subnet that signed it; `undefined` when it was signed with the root key itself. */
  readonly delegation?: { readonly subnetId: Uint8Array; readonly certificate: Uint8Array };
}

/** What the network says became of a request. */
export type RequestStatus =
  | { readonly status: 'replied'; readonly reply: Uint8Array }
  | { readonly status: 'rejected'; readonly rejection: Rejection }
  | { readonly status: 'done' }
  | { readonly status: 'pending' }
  | { readonly status: 'absent' };

/**
 * Verifies a certificate about `canisterId`: its signature under the root key, directly or by one delegation
 * whose ranges include the canister, and its time, within five minutes of this machine's clock.
 *
 * @throws CallFailure CERTIFICATE_INVALID
 */
export async function verifyCertificate(
  bytes: Uint8Array,
  canisterId: string,
  anchor: TrustAnchor,
): Promise<VerifiedCertificate> {
  try {
    const { cert } = await Certificate.create({
      certificate: bytes,
      rootKey: anchor.rootKey,
      principal: { canisterId: parsePrincipal('canister', canisterId) },
      blsVerify: anchor.blsVerify,
      // No agent is given: it would let answers of the network itself move the clock that they are held against.
    });
    return {
      tree: cert.tree,
      ...(cert.delegation && {
        delegation: { subnetId: cert.delegation.subnet_id, certificate: cert.delegation.certificate },
      }),
    };
  } catch (error) {
    throw certificateInvalid(canisterId, briefly(error), distrustText(error), error);
  }
}

/** What `tree` says of the request. @throws CallFailure CERTIFICATE_INVALID when it says nothing of it. */
export function readRequestStatus(tree: HashTree, canisterId: string, requestId: Uint8Array): RequestStatus {
  const look = (field: string): Lookup<Uint8Array> => lookupValue(tree, ['request_status', requestId, field]);
  const need = (field: string): Uint8Array => {
    const found = look(field);
    if (found.status === 'found') return found.value;
    throw certificateInvalid(canisterId, `it does not show the request's ${field}`);
  };
  const status = look('status');
  if (status.status === 'absent') return { status: 'absent' };
  const text = Buffer.from(need('status')).toString();
  switch (text) {
    case 'replied':
      return { status: 'replied', reply: need('reply') };
    case 'rejected': {
      const errorCode = look('error_code');
      const rejection = {
        code: Number(decodeLeb128(need('reject_code'))),
        message: Buffer.from(need('reject_message')).toString(),
      };
      return {
        status: 'rejected',
        rejection:
          errorCode.status === 'found'
            ? { ...rejection, errorCode: Buffer.from(errorCode.value).toString() }
            : rejection,
      };
    }
    case 'done':
      return { status: 'done' };
    case 'received':
    case 'processing':
      return { status: 'pending' };
    default:
      throw certificateInvalid(canisterId, `it gives the request the status ${JSON.stringify(text)}`);
  }
}

/** A failure to verify an answer of `canisterId`. */
export function certificateInvalid(
  canisterId: string,
  reason: string,
  pluginText: string = PLUGIN_TEXTS.certificateInvalid,
  cause?: unknown,
): CallFailure {
  const details = { canister: canisterId, reason };
  return new CallFailure({ code: 'CERTIFICATE_INVALID', details, pluginText, cause });
}

/** An unsigned LEB128 number. */
export function decodeLeb128(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 7n) | BigInt(byte & 0x7f), 0n);
}
