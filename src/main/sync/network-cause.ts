// A plugin reports every failed call in words of its own. When its words repeat those of a failure of the network
// or the canister, that failure is the cause, and the code says so.

import { cleanText } from '../../bridge/clean-text.js';
import { SandpoolError } from '../../bridge/errors.js';
import type { CallFailure } from '../canister/index.js';
import { printable } from '../project/shown-text.js';

const LONGEST_TEXT = 64 * 1024;

/**
 * `error` with the code of `failure` when the plugin's message repeats its text; else `error` as it is.
 * The plugin's whole message stays in the new error's, and the canister is named.
 * @param canister the name of the canister that was being synced
 */
export function withNetworkCause(
  error: SandpoolError,
  failure: CallFailure | undefined,
  canister: string,
): SandpoolError {
  if (error.code !== 'PLUGIN_FAILED' || failure === undefined) return error;
  // The plugin's message arrives cleaned; what it repeats was.
  if (!error.message.includes(cleanText(failure.pluginText, LONGEST_TEXT))) return error;
  const reason = `syncing canister ${printable(canister)}: ${error.message}`;
  return new SandpoolError(failure.code, { ...failure.details, reason }, { cause: failure });
}
