// Candid decoding of bytes from anywhere.
import { IDL } from '@icp-sdk/core/candid';

/**
 * The values that `bytes` hold, as `Values`, which the caller has to match with `types`.
 * The library reads from the start of the underlying buffer whatever the offset of the view, hence the copy.
 * @throws Error when they hold anything else
 */
export function decodeCandid<Values extends readonly unknown[]>(
  types: readonly IDL.Type[],
  bytes: Uint8Array,
): Values {
  const own = bytes.byteOffset === 0 ? bytes : Uint8Array.from(bytes);
  return IDL.decode([...types], own) as unknown as Values;
}
