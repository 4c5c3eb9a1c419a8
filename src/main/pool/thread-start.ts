// What the pool's threads are started with.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ThreadStart } from '../../bridge/messages.js';
import type { CodeCache } from '../component/cache/code-cache.js';

const FILE = fileURLToPath(new URL('../../threads/guest.cjs', import.meta.url));

/** The worker's script and, where there is a cache, what was compiled of it before. */
export function threadStart(codes: CodeCache | undefined): ThreadStart {
  const script = `(function (exports, require) {${readFileSync(FILE, 'utf8')}\n})`;
  const code = codes?.read(script);
  return { script, filename: FILE, ...(code === undefined ? {} : { code }) };
}
