// What a pool thread loads first: the script of the worker, with the code that was compiled of it before where there is any.

import { Script } from 'node:vm';
import { workerData } from 'node:worker_threads';
import type { ThreadStart } from '../bridge/messages.js';
import type * as Entry from './entry.js';

const { script, filename, code } = workerData as ThreadStart;
const loaded = {} as typeof Entry;
const evaluate = new Script(script, { filename, ...(code === undefined ? {} : { cachedData: code }) });
// It needs no modules but those of Node.
evaluate.runInThisContext()(loaded, process.getBuiltinModule);

export default loaded.default;
export const { warm } = loaded;
