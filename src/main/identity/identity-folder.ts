// Where icp-cli keeps identities.

import { join } from 'node:path';
import { icpCliFolder } from '../project/icp-cli-folders.js';

/** The folder of icp-cli's identities; it need not exist. */
export function defaultIdentityFolder(): string {
  return join(icpCliFolder('data'), 'identity');
}
