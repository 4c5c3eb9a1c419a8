// The `proxy` canister: makes calls in its own name for its controllers, with cycles of its own balance.
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { type CallContext, type Canister, candidMetadata, candidMethod } from './canister.js';

const SERVICE = `type ProxyArgs = record { canister_id : principal; method : text; args : blob; cycles : nat };
type ProxyError = variant {
  InsufficientCycles : record { available : nat; required : nat };
  CallFailed : record { reason : text };
  UnauthorizedUser;
};
service : {
  proxy : (ProxyArgs) -> (variant { Ok : record { result : blob }; Err : ProxyError });
}
`;

interface ProxyArgs {
  readonly canister_id: Principal;
  readonly method: string;
  readonly args: Uint8Array;
  readonly cycles: bigint;
}

type ProxyError =
  | { readonly InsufficientCycles: { readonly available: bigint; readonly required: bigint } }
  | { readonly CallFailed: { readonly reason: string } }
  | { readonly UnauthorizedUser: null };

type ProxyResult = { readonly Ok: { readonly result: Uint8Array } } | { readonly Err: ProxyError };

const { Nat, Nat8, Null, Record, Text, Variant, Vec } = IDL;

const PROXY_ARGS: IDL.Type<ProxyArgs> = Record({
  canister_id: IDL.Principal,
  method: Text,
  args: Vec(Nat8),
  cycles: Nat,
}) as unknown as IDL.Type<ProxyArgs>;

const PROXY_RESULT: IDL.Type<ProxyResult> = Variant({
  Ok: Record({ result: Vec(Nat8) }),
  Err: Variant({
    InsufficientCycles: Record({ available: Nat, required: Nat }),
    CallFailed: Record({ reason: Text }),
    UnauthorizedUser: Null,
  }),
}) as unknown as IDL.Type<ProxyResult>;

/** A canister with the one method `proxy`, for its controllers. */
export function createProxyCanister(): Canister {
  return {
    metadata: candidMetadata(SERVICE),
    methods: new Map([
      [
        'proxy',
        candidMethod<[ProxyArgs], [ProxyResult]>(
          'update',
          [PROXY_ARGS],
          [PROXY_RESULT],
          async (context, args) => [await forward(context, args)],
        ),
      ],
    ]),
  };
}

async function forward(context: CallContext, args: ProxyArgs): Promise<ProxyResult> {
  if (!context.isController(context.caller)) return { Err: { UnauthorizedUser: null } };
  const available = context.balance();
  if (args.cycles > available) {
    return { Err: { InsufficientCycles: { available, required: args.cycles } } };
  }
  const outcome = await context.call(args.canister_id, args.method, args.args, args.cycles);
  return outcome.kind === 'replied'
    ? { Ok: { result: outcome.reply } }
    : { Err: { CallFailed: { reason: outcome.rejectMessage } } };
}
