// undici reads answers with a parser in WebAssembly, most of which is one function of 33 KB. After some fifty answers the
// engine of Node 20 optimises it: an eighth of a second of a processor, just when threads need one to start, for which a
// process that ends meanwhile even has to wait; to save microseconds an answer. Later engines take seven times as many.

import { setFlagsFromString } from 'node:v8';
import parser from './undici-parser.cjs';

const ENGINE_OF_NODE_20 = /^11\.3\./;
const ITS_TIERING_BUDGET = 1_800_000;
const MORE_THAN_A_SYNC_USES = 2 ** 30;

let kept: WebAssembly.Module | undefined;

/**
 * Has the parser stay as it is first compiled. Modules of the same bytes share their code, and how much each function may
 * do before it is optimised is set when the first is made; so this must come before the first request.
 */
export function leaveParserUnoptimised(): void {
  if (kept !== undefined || !ENGINE_OF_NODE_20.test(process.versions.v8)) return;
  setFlagsFromString(`--wasm-tiering-budget=${MORE_THAN_A_SYNC_USES}`);
  kept = new WebAssembly.Module(parser.bytes);
  setFlagsFromString(`--wasm-tiering-budget=${ITS_TIERING_BUDGET}`);
}
