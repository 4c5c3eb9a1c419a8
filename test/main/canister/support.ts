// What the tests of this folder share: Candid for the embedded network's canisters, and telling failures apart.

import { IDL } from '@icp-sdk/core/candid';
import { CallFailure, type CanisterClient, createCanisterClient } from '#src/main/canister/index.js';
import type { CanisterKind, Localnet } from '#src/main/localnet/index.js';

const { Nat, Nat8, Text, Vec } = IDL;

/** Arguments of the `test` canister's methods. */
export const candid = {
  none: () => IDL.encode([], []),
  blob: (bytes: Uint8Array) => IDL.encode([Vec(Nat8)], [bytes]),
  nat: (value: number) => IDL.encode([Nat], [value]),
  text: (value: string) => IDL.encode([Text], [value]),
  pair: (name: string, value: string) => IDL.encode([Text, Text], [name, value]),
  rejection: (code: number, message: string) => IDL.encode([Nat8, Text], [code, message]),
  codedRejection: (code: number, message: string, errorCode: string) =>
    IDL.encode([Nat8, Text, Text], [code, message, errorCode]),
  decode: (type: IDL.Type, bytes: Uint8Array): unknown => IDL.decode([type], new Uint8Array(bytes))[0],
  decodeNat: (bytes: Uint8Array): bigint => BigInt(String(IDL.decode([Nat], new Uint8Array(bytes))[0])),
};

/** An argument, and the reply to it, of `echo` and `echo_update`. */
export const ECHO = candid.blob(Uint8Array.of(1, 2, 3));

/** The id of the network's canister of that name. */
export function idOf(network: Localnet, name: CanisterKind | (string & {})): string {
  const canister = network.canisters.find((candidate) => candidate.name === name);
  if (canister === undefined) throw new Error(`the network has no canister ${name}`);
  return canister.id;
}

/** A client of `network` that is impatient, so that no test waits long for what will not come. */
export function clientOf(
  network: Localnet,
  options: Partial<Parameters<typeof createCanisterClient>[0]> = {},
): Promise<CanisterClient> {
  const { url, rootKey } = network;
  return createCanisterClient({ url, rootKey, fateTimeoutMs: 700, requestTimeoutMs: 5_000, ...options });
}

/** The failure that `call` ends with. */
export async function failureOf(call: Promise<unknown>): Promise<CallFailure> {
  const outcome = await call.then(
    (value) => new Error(`it succeeded with ${String(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof CallFailure) return outcome;
  throw outcome;
}
