// Who a network takes the signer of a call for.

import type { Identity } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { createCanisterClient } from '#src/main/canister/index.js';
import type { Localnet } from '#src/main/localnet/index.js';
import { candid, idOf } from '../../canister/support.js';

/** The caller that the network sees: of an update and of a query, both verified, and as the client says. */
export async function whoami(network: Localnet, identity: Identity): Promise<string[]> {
  const { url, rootKey } = network;
  const client = await createCanisterClient({ url, rootKey, identity });
  try {
    const call = { canisterId: idOf(network, 'test'), method: 'whoami', arg: candid.none() };
    const replies = [(await client.update(call)).reply, await client.query(call)];
    const callers = replies.map((reply) => (candid.decode(IDL.Principal, reply) as Principal).toText());
    return [...new Set([...callers, client.principal])];
  } finally {
    await client.close();
  }
}
