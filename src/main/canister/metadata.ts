// Metadata of a canister read through a proxy canister, which sees what the proxy may see: private sections of
// canisters that it controls.
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { networkFailed } from './agent-failure.js';
import { decodeCandid, encodeCandid } from './candid.js';
import type { CanisterClient, UpdateOptions } from './client.js';
import { MANAGEMENT_CANISTER_ID } from './principal.js';
import { ProxyFailure, updateThroughProxy } from './proxy.js';

const METADATA_ARGS = IDL.Record({ canister_id: IDL.Principal, name: IDL.Text });
const METADATA_RESULT = IDL.Record({ value: IDL.Vec(IDL.Nat8) });
/** How the management canister says that a section does not exist. */
const NO_SECTION = 'no metadata section';

/**
 * A custom section of a canister's module as the proxy sees it, or `undefined` when it sees none.
 *
 * @throws ProxyFailure
 */
export async function metadataThroughProxy(
  client: CanisterClient,
  proxyId: string,
  canisterId: string,
  name: string,
  options: UpdateOptions = {},
): Promise<Uint8Array | undefined> {
  const arg = encodeCandid([METADATA_ARGS], [{ canister_id: Principal.fromText(canisterId), name }]);
  const call = { canisterId: MANAGEMENT_CANISTER_ID, method: 'canister_metadata', arg, cycles: 0n };
  let reply: Uint8Array;
  try {
    reply = await updateThroughProxy(client, proxyId, call, options);
  } catch (error) {
    if (!(error instanceof ProxyFailure)) throw error;
    if (error.stage === 'refusal' && error.pluginText.includes(NO_SECTION)) return undefined;
    throw error;
  }
  try {
    return new Uint8Array(decodeCandid<{ value: Uint8Array }>(METADATA_RESULT, reply).value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProxyFailure('decode', networkFailed(`the metadata cannot be read: ${reason}`, reason, error));
  }
}
