// What icp-cli does and sandpool does not: said with the place where the project asks for it.

import { SandpoolError } from '../../bridge/errors.js';
import type { SourcePosition } from './manifest-document.js';

/**
 * A `PROJECT_UNSUPPORTED`.
 * @param feature a sentence without its end: "the canister `x` has a recipe"
 * @param instead what the user can do
 */
export function unsupported(
  { file, line, column }: SourcePosition,
  feature: string,
  instead: string,
): SandpoolError {
  return new SandpoolError('PROJECT_UNSUPPORTED', { file, line, column, feature, instead });
}
