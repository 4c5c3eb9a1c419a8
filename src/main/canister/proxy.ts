// Calls through a proxy canister, which makes them in its own name and with its own cycles.
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { networkFailed } from './agent-failure.js';
import { decodeCandid, encodeCandid } from './candid.js';
import { CallFailure, type CanisterCall, type CanisterClient, type UpdateOptions } from './client.js';
import { natText } from './plugin-text.js';

/** An update that the proxy is to make. */
export interface ProxiedCall extends CanisterCall {
  readonly cycles: bigint;
}

/** Where a proxied call went wrong: in reaching the proxy, in reading its answer, or behind it. */
export type ProxyStage = 'call' | 'decode' | 'refusal';

/** A call through a proxy that failed. */
export class ProxyFailure extends CallFailure {
  readonly stage: ProxyStage;

  constructor(
    stage: ProxyStage,
    { code, details, pluginText, fate, requestIdHex, rejection, cause }: CallFailure,
  ) {
    super({ code, details, pluginText, fate, requestIdHex, rejection, cause });
    this.stage = stage;
  }
}

type ProxyError =
  | { readonly InsufficientCycles: { readonly available: bigint; readonly required: bigint } }
  | { readonly CallFailed: { readonly reason: string } }
  | { readonly UnauthorizedUser: null };

type ProxyResult = { readonly Ok: { readonly result: Uint8Array } } | { readonly Err: ProxyError };

const { Nat, Nat8, Null, Record, Text, Variant, Vec } = IDL;

const PROXY_ARGS = Record({ canister_id: IDL.Principal, method: Text, args: Vec(Nat8), cycles: Nat });

const PROXY_RESULT = Variant({
  Ok: Record({ result: Vec(Nat8) }),
  Err: Variant({
    InsufficientCycles: Record({ available: Nat, required: Nat }),
    CallFailed: Record({ reason: Text }),
    UnauthorizedUser: Null,
  }),
});

/**
 * Has the canister `proxyId` make `call`, and returns the reply to it.
 *
 * @throws ProxyFailure
 */
export async function updateThroughProxy(
  client: CanisterClient,
  proxyId: string,
  call: ProxiedCall,
  options: UpdateOptions = {},
): Promise<Uint8Array> {
  const arg = encodeCandid(
    [PROXY_ARGS],
    [
      {
        canister_id: Principal.fromText(call.canisterId),
        method: call.method,
        args: call.arg,
        cycles: call.cycles,
      },
    ],
  );
  const { reply, requestIdHex } = await client
    .update({ canisterId: proxyId, method: 'proxy', arg }, options)
    .catch((error: unknown) => {
      throw error instanceof CallFailure ? new ProxyFailure('call', error) : error;
    });
  const result = readResult(reply, requestIdHex);
  if ('Ok' in result) return result.Ok.result;
  throw new ProxyFailure('refusal', refusal(result.Err, requestIdHex));
}

function readResult(reply: Uint8Array, requestIdHex: string): ProxyResult {
  try {
    return decodeCandid<ProxyResult>(PROXY_RESULT, reply);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The proxy has run; what it did behind its answer cannot be told.
    const failure = networkFailed(`the proxy canister's answer cannot be read: ${reason}`, reason, error);
    throw new ProxyFailure('decode', failure.ofUpdate('unknown', requestIdHex));
  }
}

function refusal(error: ProxyError, requestIdHex: string): CallFailure {
  const text = refusalText(error);
  const details = { reason: text };
  return new CallFailure({
    code: 'CANISTER_REJECTED',
    details,
    pluginText: text,
    fate: 'rejected',
    requestIdHex,
  });
}

function refusalText(error: ProxyError): string {
  if ('CallFailed' in error) return `Proxy call failed: ${error.CallFailed.reason}`;
  if ('UnauthorizedUser' in error)
    return "Unauthorized: you are not in the proxy canister's controllers list";
  const { available, required } = error.InsufficientCycles;
  return `Proxy canister has insufficient cycles. Available: ${natText(available)}, required: ${natText(required)}`;
}
