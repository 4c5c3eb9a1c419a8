// The values of options and environment variables, checked.

import { SandpoolError } from '../../bridge/errors.js';
import { principalText } from '../project/canister-ids.js';
import { normalisedAddress, rootKeySource } from '../project/network-manifest.js';
import type { RootKeySource } from '../project/project-model.js';

/** The variable that sets the compute budget, shared with icp-cli. */
export const COMPUTE_LIMIT_VARIABLE = 'ICP_CLI_PLUGIN_COMPUTE_LIMIT_SECS';

/**
 * A whole number of at least `least`.
 * @throws SandpoolError INVALID_OPTION
 */
export function wholeNumber(option: string, least: number, most = Number.MAX_SAFE_INTEGER) {
  return (value: string): number => {
    const number = Number(value);
    if (/^\s*\d+\s*$/.test(value) && number >= least && number <= most) return number;
    const bound = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new SandpoolError('INVALID_OPTION', {
      option,
      bound: `a whole number ${bound}`,
      value: JSON.stringify(value),
    });
  };
}

/**
 * A principal in text.
 * @throws SandpoolError INVALID_PRINCIPAL
 */
export function principal(option: string) {
  return (value: string): string => {
    const text = principalText(value);
    if (text !== undefined) return text;
    throw new SandpoolError('INVALID_PRINCIPAL', { subject: option, value: JSON.stringify(value) });
  };
}

/**
 * A principal in text, or `word`.
 * @throws SandpoolError INVALID_PRINCIPAL
 */
export function principalOr(word: string, option: string) {
  return (value: string): string => (value === word ? value : principal(option)(value));
}

/**
 * An http or https address, normalised.
 * @throws SandpoolError INVALID_OPTION
 */
export function address(option: string) {
  return (value: string): string => {
    const text = normalisedAddress(value);
    if (text !== undefined) return text;
    const bound = 'an address such as http://127.0.0.1:4943';
    throw new SandpoolError('INVALID_OPTION', { option, bound, value: JSON.stringify(value) });
  };
}

/**
 * Where a root key comes from.
 * @throws SandpoolError INVALID_OPTION
 */
export function rootKey(option: string) {
  return (value: string): RootKeySource => {
    const source = rootKeySource(value);
    if (source !== undefined) return source;
    const bound = '`mainnet`, `fetch`, or 266 hexadecimal characters';
    throw new SandpoolError('INVALID_OPTION', { option, bound, value: JSON.stringify(value) });
  };
}

/** Collects the values of an option that may be given again and again. */
export function collected(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/**
 * The compute budget in milliseconds: from the option, else from {@link COMPUTE_LIMIT_VARIABLE}.
 * @throws SandpoolError INVALID_OPTION when the variable is set to anything but a whole number of at least 1
 */
export function computeBudgetMs(
  optionSeconds: number | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (optionSeconds !== undefined) return optionSeconds * 1000;
  const value = environment[COMPUTE_LIMIT_VARIABLE];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (/^\s*\+?\d+\s*$/.test(value) && seconds >= 1) return seconds * 1000;
  throw new SandpoolError('INVALID_OPTION', {
    option: COMPUTE_LIMIT_VARIABLE,
    bound: 'a whole number of seconds of at least 1',
    value: JSON.stringify(value),
  });
}
