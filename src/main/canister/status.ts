// Whether canisters are running, which is asked before a sync: a stopped canister would fail it halfway.
import { IDL } from '@icp-sdk/core/candid';
import { SandpoolError } from '../../bridge/errors.js';
import { networkFailed } from './agent-failure.js';
import { decodeCandid, encodeCandid } from './candid.js';
import type { CallOptions, CanisterCall, CanisterClient } from './client.js';
import { MANAGEMENT_CANISTER_ID, parsePrincipal } from './principal.js';
import { updateThroughProxy } from './proxy.js';

/** The status of a canister. */
export type CanisterStatus = 'running' | 'stopping' | 'stopped';

/** How {@link readCanisterStatus} asks. */
export interface StatusOptions extends CallOptions {
  /** Asks in the name of this canister, which must then be a controller. */
  readonly proxyCanisterId?: string | undefined;
  /** Called when the question is about to be sent. */
  readonly onSubmitted?: () => void;
}

const { Null, Record, Variant } = IDL;
const STATUS_ARGS = Record({ canister_id: IDL.Principal });
/** The one field that matters here; the others may change without harm. */
const STATUS_RESULT = Record({ status: Variant({ running: Null, stopping: Null, stopped: Null }) });

/**
 * The status of a canister, as the management canister tells its controllers. Anyone else is rejected, and that
 * is a failure here as it is in the reference host.
 *
 * It is asked for as a query first, which takes no round of consensus: that a canister is running may be believed of one
 * node, since its calls fail if it is not. Any other answer is asked for again as an update, which is the whole subnet's,
 * and what older networks only take.
 *
 * @throws CallFailure, INVALID_PRINCIPAL
 */
export async function readCanisterStatus(
  client: CanisterClient,
  canisterId: string,
  { proxyCanisterId, ...options }: StatusOptions = {},
): Promise<CanisterStatus> {
  const arg = encodeCandid([STATUS_ARGS], [{ canister_id: parsePrincipal('canister', canisterId) }]);
  const call = { canisterId: MANAGEMENT_CANISTER_ID, method: 'canister_status', arg };
  if (proxyCanisterId !== undefined) {
    const reply = await updateThroughProxy(client, proxyCanisterId, { ...call, cycles: 0n }, options);
    return statusIn(reply, canisterId);
  }
  const direct = { ...call, effectiveCanisterId: canisterId };
  if (await isSaidToRun(client, direct, options)) return 'running';
  const { reply } = await client.update(direct, { signal: options.signal });
  return statusIn(reply, canisterId);
}

/** Whether a node says that it is running, and nothing speaks against believing that. */
async function isSaidToRun(
  client: CanisterClient,
  call: CanisterCall & { readonly effectiveCanisterId: string },
  { signal, onSubmitted }: StatusOptions,
): Promise<boolean> {
  const answer = client.query(call, { signal });
  onSubmitted?.();
  try {
    return statusIn(await answer, call.effectiveCanisterId) === 'running';
  } catch (error) {
    const { code } = SandpoolError.from(error);
    if (code === 'CANISTER_REJECTED' || code === 'CERTIFICATE_INVALID' || code === 'NETWORK_FAILED')
      return false;
    throw error;
  }
}

function statusIn(reply: Uint8Array, canisterId: string): CanisterStatus {
  try {
    const { status } = decodeCandid<{ status: object }>(STATUS_RESULT, reply);
    return 'running' in status ? 'running' : 'stopping' in status ? 'stopping' : 'stopped';
  } catch (error) {
    const reason = `the status of canister ${canisterId} cannot be read`;
    throw networkFailed(reason, reason, error);
  }
}

/**
 * The statuses of many canisters, asked for all at once, in their order; where one could not be had, why.
 *
 * @throws INVALID_PRINCIPAL
 */
export async function readCanisterStatuses(
  client: CanisterClient,
  canisterIds: readonly string[],
  options: StatusOptions = {},
): Promise<(CanisterStatus | SandpoolError)[]> {
  for (const canisterId of canisterIds) parsePrincipal('canister', canisterId);
  const outcomes = await Promise.allSettled(
    canisterIds.map((canisterId) => readCanisterStatus(client, canisterId, options)),
  );
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : SandpoolError.from(outcome.reason),
  );
}
