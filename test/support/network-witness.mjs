// What an embedded network itself knows: what its `kv` canisters hold, how often each name was written, and what became
// of a request. Nothing is verified, as the network is one of ours; who else asks, asks through an agent.

import { Cbor } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { readRequestStatus } from '../../dist/main/canister/certificate.js';

const SENDER = Principal.anonymous().toUint8Array();
const PAIRS = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
const EXPIRY_MS = 240_000;

/** Asks one network. */
export class NetworkWitness {
  #url;

  /** @param {{ url: string }} network */
  constructor({ url }) {
    this.#url = url;
  }

  /** What a canister holds: values by name. */
  async contents(canisterId) {
    const [pairs] = await this.#query(canisterId, 'list', [], [], [PAIRS]);
    return new Map(pairs);
  }

  /** How often a name of a canister was written. */
  async writes(canisterId, name) {
    const [count] = await this.#query(canisterId, 'writes', [IDL.Text], [name], [IDL.Nat]);
    return Number(count);
  }

  /** @returns {Promise<'replied' | 'rejected' | 'done' | 'pending' | 'absent'>} what became of a request */
  async statusOf(canisterId, requestIdHex) {
    const requestId = Buffer.from(requestIdHex, 'hex');
    const paths = [[Buffer.from('request_status'), requestId]];
    const { certificate } = await this.#post(canisterId, 'read_state', { request_type: 'read_state', paths });
    const { tree } = Cbor.decode(certificate);
    return readRequestStatus(tree, canisterId, requestId).status;
  }

  async #query(canisterId, method, types, values, results) {
    const { status, reply, reject_message } = await this.#post(canisterId, 'query', {
      request_type: 'query',
      canister_id: Principal.fromText(canisterId).toUint8Array(),
      method_name: method,
      arg: IDL.encode(types, values),
    });
    if (status !== 'replied') throw new Error(`${method} of ${canisterId}: ${reject_message}`);
    return IDL.decode(results, Uint8Array.from(reply.arg));
  }

  async #post(canisterId, endpoint, asked) {
    const ingress_expiry = BigInt(Date.now() + EXPIRY_MS) * 1_000_000n;
    const response = await fetch(`${this.#url}/api/v2/canister/${canisterId}/${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: Cbor.encode({ content: { ...asked, sender: SENDER, ingress_expiry } }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${endpoint} of ${canisterId}: ${Buffer.from(bytes).toString()}`);
    return Cbor.decode(bytes);
  }
}

/** Does `work` for all of `items`, a few at once. @returns what it gave, in order */
export async function forAll(items, work, atOnce = 16) {
  const results = new Array(items.length);
  let next = 0;
  const take = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
  return results;
}
