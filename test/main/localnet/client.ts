// What the tests of the embedded network share: verifying agents that do not retry, and raw requests.
import { randomBytes } from 'node:crypto';
import { Cbor, HttpAgent, type Identity, requestIdOf } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import type { Localnet } from '#src/main/localnet/index.js';

export const { Text, Nat, Nat8 } = IDL;
export const Blob = IDL.Vec(Nat8);
export const ANONYMOUS = Principal.anonymous();

/** An agent that verifies everything and tries everything once. */
export function agentOf(localnet: Localnet, identity?: Identity): HttpAgent {
  return HttpAgent.createSync({
    host: localnet.url,
    rootKey: localnet.rootKey,
    retryTimes: 0,
    ...(identity === undefined ? {} : { identity }),
  });
}

/** The id of the canister called `name`. */
export function idOf(localnet: Localnet, name: string): string {
  const found = localnet.canisters.find((canister) => canister.name === name);
  if (found === undefined) throw new Error(`no canister ${name}`);
  return found.id;
}

/** Calls a method as an update and decodes its results. */
export async function update(
  agent: HttpAgent,
  canisterId: string,
  methodName: string,
  args: readonly (readonly [IDL.Type, unknown])[] = [],
  results: IDL.Type[] = [],
): Promise<unknown[]> {
  const { reply } = await agent.update(canisterId, { methodName, arg: encode(args) });
  return IDL.decode(results, Uint8Array.from(reply));
}

/** Calls a method as a query and decodes its results; a rejection is thrown as its message. */
export async function query(
  agent: HttpAgent,
  canisterId: string,
  methodName: string,
  args: readonly (readonly [IDL.Type, unknown])[] = [],
  results: IDL.Type[] = [],
): Promise<unknown[]> {
  const answer = await agent.query(canisterId, { methodName, arg: encode(args) });
  if (answer.status !== 'replied') throw new Error(answer.reject_message);
  return IDL.decode(results, Uint8Array.from(answer.reply.arg));
}

export function encode(args: readonly (readonly [IDL.Type, unknown])[]): Uint8Array {
  return IDL.encode(
    args.map(([type]) => type),
    args.map(([, value]) => value),
  );
}

/** The content of an anonymous call that is valid for four minutes, with `changes`. */
export function callContent(
  canisterId: string,
  methodName: string,
  arg: Uint8Array,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    request_type: 'call',
    canister_id: Principal.fromText(canisterId).toUint8Array(),
    method_name: methodName,
    arg,
    sender: ANONYMOUS.toUint8Array(),
    ingress_expiry: expiryIn(240_000),
    nonce: new Uint8Array(randomBytes(16)),
    ...changes,
  };
}

/** A time `deltaMs` from now in ns since 1970. */
export function expiryIn(deltaMs: number): bigint {
  return BigInt(Date.now() + deltaMs) * 1_000_000n;
}

/** The content of an anonymous `read_state` request. */
export function readStateContent(paths: readonly (readonly (string | Uint8Array)[])[]) {
  return {
    request_type: 'read_state',
    paths: paths.map((path) => path.map((label) => (typeof label === 'string' ? Buffer.from(label) : label))),
    sender: ANONYMOUS.toUint8Array(),
    ingress_expiry: expiryIn(240_000),
  };
}

/** Posts `envelope` in CBOR. */
export function post(localnet: Localnet, path: string, envelope: unknown): Promise<Response> {
  return postBytes(localnet, path, Cbor.encode(envelope));
}

export function postBytes(
  localnet: Localnet,
  path: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  const headers = { 'content-type': 'application/cbor' };
  return fetch(`${localnet.url}${path}`, { method: 'POST', headers, body });
}

export function requestIdOfContent(content: Record<string, unknown>): Uint8Array {
  return requestIdOf(content);
}
