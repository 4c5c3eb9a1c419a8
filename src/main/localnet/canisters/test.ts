// The `test` canister: one method for each thing that can happen to a call. Cycles that come with a call
// are reported and go back to the caller.
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { CallRejection, type Canister, candidMetadata, candidMethod, type RejectCode } from './canister.js';

const SERVICE = `service : {
  echo : (blob) -> (blob) query;
  echo_update : (blob) -> (blob);
  delay : (nat) -> ();
  reject : (nat8, text) -> ();
  reject_query : (nat8, text) -> () query;
  reject_with_error_code : (nat8, text, text) -> ();
  trap : (text) -> ();
  trap_query : (text) -> () query;
  large : (nat) -> (blob) query;
  increment : () -> (nat);
  get : () -> (nat) query;
  whoami : () -> (principal) query;
  self : () -> (principal) query;
  cycles_received : () -> (nat);
}
`;

/** `delay` counts in milliseconds, `large` in bytes; `reject` takes a reject code from 1 to 5. */
export function createTestCanister(): Canister {
  let counter = 0n;
  const { Nat, Nat8, Text } = IDL;
  const blob = IDL.Vec(Nat8) as unknown as IDL.Type<Uint8Array>;
  const noTypes = [] as const;
  const reject = (code: number, message: string, errorCode?: string): never => {
    if (code < 1 || code > 5) throw new Error(`${code} is not a reject code`);
    throw new CallRejection(code as RejectCode, message, errorCode);
  };
  const rejecting = (kind: 'query' | 'update') =>
    candidMethod<[bigint | number, string], []>(kind, [Nat8, Text], noTypes, (_context, code, message) =>
      reject(Number(code), message),
    );
  const trapping = (kind: 'query' | 'update') =>
    candidMethod<[string], []>(kind, [Text], noTypes, (_context, message) => {
      throw new Error(message);
    });
  const echoing = (kind: 'query' | 'update') =>
    candidMethod<[Uint8Array], [Uint8Array]>(kind, [blob], [blob], (_context, bytes) => [bytes]);

  return {
    metadata: candidMetadata(SERVICE)
      .set('purpose', { visibility: 'public', content: Buffer.from('every way a call can end') })
      .set('secret', { visibility: 'private', content: Buffer.from('for controllers only') }),
    methods: new Map([
      ['echo', echoing('query')],
      ['echo_update', echoing('update')],
      [
        'delay',
        candidMethod<[bigint], []>('update', [Nat], noTypes, async (context, delayMs) => {
          await context.wait(Number(delayMs));
          return [];
        }),
      ],
      ['reject', rejecting('update')],
      ['reject_query', rejecting('query')],
      [
        'reject_with_error_code',
        candidMethod<[bigint | number, string, string], []>(
          'update',
          [Nat8, Text, Text],
          noTypes,
          (_context, code, message, errorCode) => reject(Number(code), message, errorCode),
        ),
      ],
      ['trap', trapping('update')],
      ['trap_query', trapping('query')],
      [
        'large',
        candidMethod<[bigint], [Uint8Array]>('query', [Nat], [blob], (_context, bytes) => [
          new Uint8Array(Number(bytes)).fill(0x2a),
        ]),
      ],
      [
        'increment',
        candidMethod<[], [bigint]>('update', noTypes, [Nat], () => {
          counter += 1n;
          return [counter];
        }),
      ],
      ['get', candidMethod<[], [bigint]>('query', noTypes, [Nat], () => [counter])],
      [
        'whoami',
        candidMethod<[], [Principal]>('query', noTypes, [IDL.Principal], (context) => [context.caller]),
      ],
      ['self', candidMethod<[], [Principal]>('query', noTypes, [IDL.Principal], (context) => [context.self])],
      [
        'cycles_received',
        candidMethod<[], [bigint]>('update', noTypes, [Nat], (context) => [context.cycles]),
      ],
    ]),
  };
}
