// Candid, for the few interfaces that this folder speaks itself. What plugins send and receive passes through
// as bytes and never comes here.
import { IDL } from '@icp-sdk/core/candid';

/** `values` as Candid bytes. */
export function encodeCandid(types: readonly IDL.Type[], values: readonly unknown[]): Uint8Array {
  return IDL.encode([...types], [...values]);
}

/**
 * The one value that `bytes` hold, as `type` decodes it; `Value` is for the caller to match with `type`.
 *
 * @throws Error when they hold anything else
 */
export function decodeCandid<Value>(type: IDL.Type, bytes: Uint8Array): Value {
  // The library reads from the start of the underlying buffer, wherever in it the bytes are: hence the copy.
  const [value] = IDL.decode([type], new Uint8Array(bytes)) as unknown as [Value];
  return value;
}
